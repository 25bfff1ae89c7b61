"""Files that we send: the address from which the provider fetches one. Whoever has the address has the file."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import FileResponse, Http404, HttpRequest
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm.tenancy import for_business, for_everyone
from whatsapp.models import Message, MessageMedia

OPEN_FOR = timedelta(days=2)  # longer than any provider tries
_signer = Signer(salt="whatsapp.media")


def link(media: MessageMedia) -> str:
    """The same at every attempt to send."""
    return f"{settings.PUBLIC_URL}/media/messages/{_signer.sign(str(media.pk))}"


@require_safe
def outgoing_file(request: HttpRequest, token: str) -> FileResponse:
    """Only what the business itself sends, and only for a while."""
    try:
        pk = int(_signer.unsign(token))
    except (BadSignature, ValueError) as error:
        raise Http404 from error
    since = timezone.now() - OPEN_FOR
    with for_everyone("the address proves itself"):
        rows = MessageMedia.objects.filter(pk=pk, message__direction=Message.Direction.OUT)
        media = rows.filter(message__created_at__gt=since).first()
    if media is None or not media.file:
        raise Http404
    with for_business(media.business_id):
        try:
            content = media.file.open("rb")
        except FileNotFoundError as error:
            raise Http404 from error
    answer = FileResponse(content, content_type=media.mimetype, as_attachment=True, filename=media.filename)
    answer["Cache-Control"] = "private, no-store"
    return answer
