"""What staff do on the card of a customer: correct it, write notes, tag it, give it to somebody, ask for something."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from agentlocator.lead_page import card
from crm import lead_services, notes, tags, undo
from crm.models import Activity, Lead, Tag
from crm.names import name_of
from crm.pages.follow_up_forms import FollowUpForm
from crm.pages.lead_bulk import ask_about, member_named
from crm.pages.lead_forms import EditForm, NoteForm, TagForm
from crm.replies import toast
from crm.roles import business_here, member_required, user_here


@member_required
@require_POST
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name and number. A form that is older than the row warns, keeps the text, and may then be sent again."""
    lead = get_object_or_404(Lead, pk=pk)
    form = EditForm(request.POST)
    if not form.is_valid():
        return card(request, lead, status=422, edit_form=form, is_editing=True)
    values = form.cleaned_data
    edited = lead_services.edit_lead(lead=lead, name=values["name"], phone=values["phone"], seen=values["seen"])
    if edited.is_stale:
        again = EditForm(values | {"seen": lead_services.trace_of(edited.lead)})
        return card(request, edited.lead, status=409, edit_form=again, is_editing=True, is_stale=True)
    if edited.taken_by is not None:
        form.add_error("phone", _("This number already belongs to another customer."))
        return card(request, edited.lead, status=422, edit_form=form, is_editing=True, taken_by=edited.taken_by)
    return _done(request, edited.lead, _("Saved."))


@member_required
@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    lead = get_object_or_404(Lead, pk=pk)
    to = member_named(request, request.POST.get("who", ""))
    changed = lead_services.assign_leads(pks=[pk], to=to)
    lead.refresh_from_db()
    text = _("In the care of %(who)s.") % {"who": name_of(to)} if to else _("In nobody's care.")
    token = undo.remember(request, "assign", changed=changed, to=to.pk if to else None) if changed else ""
    return _done(request, lead, text, token)


@member_required
@require_POST
def add_tag(request: HttpRequest, pk: int) -> HttpResponse:
    lead = get_object_or_404(Lead, pk=pk)
    form = TagForm(request.POST)
    if not form.is_valid():
        return card(request, lead, status=422, tag_form=form)
    business = business_here(request)
    tag = tags.tag_named(business=business, name=form.cleaned_data["name"])
    fresh = tags.add_tag(business=business, tag=tag, pks=[pk])
    token = undo.remember(request, "tag", tag=tag.pk, pks=fresh, was_added=True) if fresh else ""
    return _done(request, lead, _("The tag “%(tag)s” was added.") % {"tag": tag.name}, token)


@member_required
@require_POST
def remove_tag(request: HttpRequest, pk: int, tag: int) -> HttpResponse:
    lead, row = get_object_or_404(Lead, pk=pk), get_object_or_404(Tag, pk=tag)
    had = tags.remove_tag(tag=row, pks=[pk])
    token = undo.remember(request, "tag", tag=tag, pks=had, was_added=False) if had else ""
    return _done(request, lead, _("The tag “%(tag)s” was removed.") % {"tag": row.name}, token)


@member_required
@require_POST
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    lead = get_object_or_404(Lead, pk=pk)
    form = FollowUpForm(request.POST, business=business_here(request), now=timezone.now())
    if not form.is_valid():
        return card(request, lead, status=422, follow_up_form=form, is_asking=True)
    made = ask_about(request, form, [pk])
    token = undo.remember(request, "follow_up", pks=made) if made else ""
    return _done(request, lead, _("The follow-up was added."), token)


# --- notes ----------------------------------------------------------------------------------------------
@member_required
@require_POST
def add_note(request: HttpRequest, pk: int) -> HttpResponse:
    lead = get_object_or_404(Lead, pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return card(request, lead, status=422, note_form=form)
    now = timezone.now()
    key = form.cleaned_data["key"] or now.isoformat()
    notes.add_note(lead=lead, text=form.cleaned_data["text"], by=user_here(request), key=f"{pk}:{key}", now=now)
    return _done(request, lead, _("The note was added."))


@member_required
@require_POST
def edit_note(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    lead, row = _lead_and_note(pk, note)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return card(request, lead, status=422, edited_note=row.pk, edited_note_form=form)
    is_written = notes.edit_note(note=row, text=form.cleaned_data["text"], by=user_here(request))
    return _done(request, lead, _("Saved.") if is_written else _not_yours(), failed=not is_written)


@member_required
@require_POST
def remove_note(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    lead, row = _lead_and_note(pk, note)
    if not notes.remove_note(note=row, by=user_here(request), now=timezone.now()):
        return _done(request, lead, _not_yours(), failed=True)
    address = reverse("leads:note_put_back", args=[pk, note])
    return _done(request, lead, _("The note was removed."), undo_address=address)


@member_required
@require_POST
def put_back_note(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    lead, row = _lead_and_note(pk, note)
    is_back = notes.put_back_note(note=row, by=user_here(request))
    return _done(request, lead, _("The note is back.") if is_back else _not_yours(), failed=not is_back)


def _lead_and_note(pk: int, note: int) -> tuple[Lead, Activity]:
    row = get_object_or_404(Activity.objects.select_related("lead__assigned_to"), pk=note, lead=pk)
    if row.kind != notes.NOTE:
        raise Http404
    return row.lead, row


def _not_yours() -> str:
    return _("Only who wrote a note changes it.")


def _done(
    request: HttpRequest, lead: Lead, text: str, token: str = "", *, undo_address: str = "", failed: bool = False
) -> HttpResponse:
    """The card as it is now, with a word on what was done and the way back."""
    undo_address = undo_address or (reverse("leads:undo", args=[token]) if token else "")
    is_part = request.htmx  # type: ignore[attr-defined]  # set by django-htmx
    response = card(request, lead) if is_part else HttpResponseRedirect(reverse("leads:detail", args=[lead.pk]))
    return toast(request, response, text, undo=undo_address, failed=failed)
