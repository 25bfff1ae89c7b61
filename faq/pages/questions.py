"""Questions without an answer: turned down, and taken back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.roles import member_required
from faq.models import UnansweredQuestion
from faq.pages.entries import told
from faq.questions import dismiss, restore


@require_POST
@member_required
def dismiss_question(request: HttpRequest, pk: int) -> HttpResponse:
    head = get_object_or_404(UnansweredQuestion, pk=pk, group=None)
    if not dismiss(head=head, now=timezone.now()):
        return told(request, _("Somebody has seen to this question already."))
    return told(request, _("The question was removed from the list."), undo=reverse("faq:restore_question", args=[pk]))


@require_POST
@member_required
def restore_question(request: HttpRequest, pk: int) -> HttpResponse:
    head = get_object_or_404(UnansweredQuestion, pk=pk, group=None)
    if not restore(head=head):
        return told(request, _("The question is in the list."))
    return told(request, _("The question is back in the list."))
