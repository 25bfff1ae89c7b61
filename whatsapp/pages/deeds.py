"""What staff do in a conversation: write, take it over and give it back, close, assign. Each answers a form."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.names import name_of
from crm.pages.lead_bulk import member_named
from crm.replies import toast
from crm.roles import member_required, user_here
from whatsapp import desk
from whatsapp.models import Conversation, Message
from whatsapp.pages.forms import LIMITS, WordsForm
from whatsapp.pages.inbox import conversation_of, headed, page_with
from whatsapp.reading import writing_to

_REPLY, _NOTE = "reply", "note"  # what the composer's buttons say


@require_POST
@member_required
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """To the customer, or as a note among the staff; what was typed stays if it cannot be taken."""
    row = conversation_of(pk)
    wanted = request.POST.get("as")
    is_note = wanted == _NOTE
    now = timezone.now()
    writing = writing_to(row, now=now)
    form = WordsForm(request.POST, request.FILES, writing=None if is_note else writing)
    if form.is_valid() and wanted not in (_REPLY, _NOTE):  # what may be meant for the staff goes to no customer
        form.add_error("text", _("It does not say whether this goes to the customer: “Send” or “Note” decides it."))
    context = {"chosen": row, "form": form, "writing": writing, "key": _key(request)} | LIMITS
    if not form.is_valid():
        if not _is_part(request):
            return page_with(request, row, form=form, key=_key(request))
        return render(request, "inbox/index.html#composer", context, status=422)
    told: dict[str, Any] = {"conversation": row, "text": form.cleaned_data["text"], "by": user_here(request)}
    if is_note:
        desk.note(**told, now=now, key=_key(request))
    else:
        desk.reply(**told, now=now, key=_key(request), enclosed=form.enclosed)
    if not _is_part(request):
        return HttpResponseRedirect(f"{_address(row)}#composer")
    context |= {"form": WordsForm(), "key": secrets.token_hex(8)}
    return _with_news(render(request, "inbox/index.html#composer", context), row)


@require_POST
@member_required
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    row = conversation_of(pk)
    desk.take_over(conversation=row, by=user_here(request), now=timezone.now())
    return _done(request, row)


@require_POST
@member_required
def release(request: HttpRequest, pk: int) -> HttpResponse:
    row = conversation_of(pk)
    desk.release(conversation=row)
    return _done(request, row, _("The assistant answers from the next message on."))


@require_POST
@member_required
def close(request: HttpRequest, pk: int) -> HttpResponse:
    row = conversation_of(pk)
    desk.close(conversation=row)
    return _done(request, row, _("The conversation is closed. Their next message opens it again."))


@require_POST
@member_required
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    row = conversation_of(pk)
    to = member_named(request, request.POST.get("who", ""))
    desk.assign(conversation=row, to=to)
    return _done(request, row, _("In the care of %(who)s.") % {"who": name_of(to)} if to else _("In nobody's care."))


@require_POST
@member_required
def again(request: HttpRequest, pk: int, message: int) -> HttpResponse:
    """Send once more what could not be sent."""
    row = conversation_of(pk)
    failed = get_object_or_404(Message.objects.select_related("conversation__channel"), pk=message, conversation=row)
    if not writing_to(row, now=timezone.now()).is_free and failed.template is None:
        return _done(request, row, _("The customer cannot be written to now."), failed=True)
    sent = desk.send_again(message=failed, by=user_here(request), now=timezone.now())
    return _done(request, row, _("On its way again.") if sent else _("That was tried again already."))


# --- answers -----------------------------------------------------------------------------------------
def _done(request: HttpRequest, row: Conversation, text: str = "", *, failed: bool = False) -> HttpResponse:
    """The strip above the messages as it is now, and a word on what was done."""
    part = _is_part(request)
    response: HttpResponse = HttpResponseRedirect(_address(row))
    if part:
        context = headed(request, conversation_of(row.pk))
        response = _with_news(render(request, "inbox/index.html#head", context), row)
    return toast(request, response, text, failed=failed) if text else response


def _with_news(response: HttpResponse, row: Conversation) -> HttpResponse:
    """Has the page look at once, also where its socket is away."""
    response.headers["HX-Trigger"] = json.dumps({"inbox-news": {"conversation": row.pk}})
    return response


def _is_part(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))


def _key(request: HttpRequest) -> str:
    return request.POST.get("key", "")[:40]


def _address(row: Conversation) -> str:
    return reverse("inbox:conversation", args=[row.pk])
