"""Changing several customers at once, one of them by a drag, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from crm import lead_services, services, tags, undo
from crm.lead_list import STAGE_TITLES
from crm.models import Lead, Tag
from crm.names import name_of
from crm.pages.common import back
from crm.pages.follow_up_forms import FollowUpForm
from crm.pages.lead_forms import TagForm
from crm.replies import toast
from crm.roles import business_here, member_required
from crm.row_ids import id_in

AT_ONCE = 500


@dataclass(frozen=True)
class Done:
    """What an action says of itself. `undo`: kind and data for `crm.undo`."""

    text: str
    undo: tuple[str, dict[str, Any]] | None = None
    failed: bool = False


@member_required
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """One action on the chosen customers. An id that is not of this business: nothing happens at all."""
    pks = sorted({pk for value in request.POST.getlist("ids") if (pk := id_in(value)) is not None})
    if not pks:
        return back(request, text=_("No customer is chosen."), failed=True)
    if len(pks) > AT_ONCE:
        text = _("At most %(count)d customers at once. Choose fewer.") % {"count": AT_ONCE}
        return back(request, text=text, failed=True)
    if Lead.objects.filter(pk__in=pks).count() != len(pks):
        raise Http404
    word, _sign, value = request.POST.get("act", "").partition(":")
    if word not in _ACTIONS:
        return back(request, text=_("Choose what is to be done."), failed=True)
    done = _ACTIONS[word](request, pks, value)
    address = _undo_address(request, done)
    return back(request, text=done.text, undo=address, failed=done.failed)


@member_required
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """One customer to another stage; scripts that dragged the card learn by the status whether it stays there."""
    get_object_or_404(Lead, pk=pk)
    done = _stage(request, [pk], request.POST.get("to", ""))
    if not request.htmx:  # type: ignore[attr-defined]  # set by django-htmx
        return back(request, "leads:board", text=done.text, undo=_undo_address(request, done), failed=done.failed)
    response = HttpResponse(status=422 if done.failed else 204)
    return toast(request, response, done.text, undo=_undo_address(request, done), failed=done.failed)


@member_required
@require_POST
def take_back(request: HttpRequest, token: str) -> HttpResponse:
    """Undo what the token stands for, as far as nobody has changed it since."""
    kept = undo.recall(request, token)
    if kept is None:
        return back(request, text=_("This can no longer be taken back."), failed=True)
    kind, data = kept
    count = _TAKERS_BACK[kind](data)
    return back(
        request,
        text=ngettext("One customer is as before.", "%(count)d customers are as before.", count) % {"count": count},
    )


def _undo_address(request: HttpRequest, done: Done) -> str:
    if done.undo is None:
        return ""
    kind, data = done.undo
    return reverse("leads:undo", args=[undo.remember(request, kind, **data)])


# --- the actions --------------------------------------------------------------------------------------
def _stage(request: HttpRequest, pks: Collection[int], value: str) -> Done:
    if value not in STAGE_TITLES:
        return Done(_("Choose a stage."), failed=True)
    stage = Lead.Status(value)
    result = services.move_leads(pks=pks, status=stage)
    title, moved, refused = str(STAGE_TITLES[stage]), len(result.moved), len(result.refused)
    words = []
    if moved:
        words.append(
            ngettext("One customer moved to “%(stage)s”.", "%(count)d customers moved to “%(stage)s”.", moved)
            % {"count": moved, "stage": title}
        )
    if refused:
        sources = ", ".join(sorted({_("“%(word)s”") % {"word": STAGE_TITLES[old]} for old in result.refused.values()}))
        why = _("From %(from)s one does not move to “%(to)s”.") % {"from": sources, "to": title}
        left = ngettext("One customer did not move.", "%(count)d customers did not move.", refused)
        words += [left % {"count": refused}, why]
    if not words:
        words = [_("They were in “%(stage)s” already.") % {"stage": title}]
    way_back = _way_back("stage", result.moved, moved=result.moved, status=stage.value)
    return Done(" ".join(words), way_back, failed=bool(refused and not moved))


def _tag_add(request: HttpRequest, pks: Collection[int], value: str) -> Done:
    form = TagForm(request.POST)
    if not form.is_valid():
        return Done(str(next(iter(form.errors["name"]))), failed=True)
    business = business_here(request)
    tag = tags.tag_named(business=business, name=form.cleaned_data["name"])
    fresh = tags.add_tag(business=business, tag=tag, pks=pks)
    text = ngettext(
        "One customer has the tag “%(tag)s” now.", "%(count)d customers have the tag “%(tag)s” now.", len(fresh)
    )
    return Done(
        _counted(text, fresh, len(pks), tag=tag.name), _way_back("tag", fresh, tag=tag.pk, pks=fresh, was_added=True)
    )


def _tag_remove(request: HttpRequest, pks: Collection[int], value: str) -> Done:
    form = TagForm(request.POST)
    if not form.is_valid():
        return Done(str(next(iter(form.errors["name"]))), failed=True)
    tag = Tag.objects.filter(name__iexact=form.cleaned_data["name"]).first()
    if tag is None:
        return Done(_("There is no such tag."), failed=True)
    had = tags.remove_tag(tag=tag, pks=pks)
    text = ngettext(
        "The tag “%(tag)s” was taken from one customer.",
        "The tag “%(tag)s” was taken from %(count)d customers.",
        len(had),
    )
    return Done(
        _counted(text, had, len(pks), tag=tag.name), _way_back("tag", had, tag=tag.pk, pks=had, was_added=False)
    )


def _assign(request: HttpRequest, pks: Collection[int], value: str) -> Done:
    to = member_named(request, value)
    changed = lead_services.assign_leads(pks=pks, to=to)
    if to is None:
        text = ngettext("One customer is nobody's now.", "%(count)d customers are nobody's now.", len(changed))
    else:
        text = ngettext(
            "One customer is in the care of %(who)s now.",
            "%(count)d customers are in the care of %(who)s now.",
            len(changed),
        )
    return Done(
        _counted(text, changed, len(pks), who=name_of(to)),
        _way_back("assign", changed, changed=changed, to=to.pk if to else None),
    )


def _follow_up(request: HttpRequest, pks: Collection[int], value: str) -> Done:
    form = FollowUpForm(request.POST, business=business_here(request), now=timezone.now())
    if not form.is_valid():
        return Done(str(next(iter(form.errors.values()))[0]), failed=True)
    made = ask_about(request, form, pks)
    text = ngettext("One follow-up was added.", "%(count)d follow-ups were added.", len(made))
    return Done(text % {"count": len(made)}, _way_back("follow_up", made, pks=made))


def ask_about(request: HttpRequest, form: FollowUpForm, pks: Collection[int]) -> list[int]:
    """The follow-ups of a valid form, for these customers; the form's key makes sending it twice harmless."""
    return lead_services.add_follow_ups(
        business=business_here(request),
        pks=list(pks),
        reason=form.cleaned_data["reason"],
        due_at=form.cleaned_data["due"],
        to=form.cleaned_data["to"],
        key=request.POST.get("key", "")[:40] or timezone.now().isoformat(),
    )


def _way_back(kind: str, touched: Collection[int], /, **data: Any) -> tuple[str, dict[str, Any]] | None:
    """How to take it back, where there is anything to take back."""
    return (kind, data) if touched else None


def member_named(request: HttpRequest, who: str) -> User | None:
    """The member of this id, nobody if empty; anybody else is not found."""
    if not who:
        return None
    return get_object_or_404(lead_services.members_of(business_here(request)), pk=id_in(who))


def _counted(text: str, changed: Collection[int], whole: int, **words: str) -> str:
    """The sentence; if it does not hold for all who were chosen, it says for how many it held before."""
    said = text % {"count": len(changed), **words}
    if left := whole - len(changed):
        same = ngettext("For one customer nothing changed.", "For %(count)d customers nothing changed.", left)
        return f"{said} {same % {'count': left}}" if changed else same % {"count": left}
    return said


_ACTIONS: Mapping[str, Callable[[HttpRequest, Collection[int], str], Done]] = {
    "stage": _stage,
    "tag_add": _tag_add,
    "tag_remove": _tag_remove,
    "assign": _assign,
    "follow_up": _follow_up,
}


# --- and back; what went through the session has its numbers as text ------------------------------------
def _unmove(data: dict[str, Any]) -> int:
    moved = {int(pk): stage for pk, stage in data["moved"].items()}
    return services.take_back_moves(moved=moved, status=Lead.Status(data["status"]))


def _untag(data: dict[str, Any]) -> int:
    tag = Tag.objects.filter(pk=data["tag"]).first()
    if tag is None:
        return 0
    if data["was_added"]:
        return len(tags.remove_tag(tag=tag, pks=data["pks"]))
    return len(tags.add_tag(business=tag.business, tag=tag, pks=data["pks"]))


def _unassign(data: dict[str, Any]) -> int:
    changed = {int(pk): user for pk, user in data["changed"].items()}
    return lead_services.take_back_assignment(changed=changed, to=data["to"])


def _unask(data: dict[str, Any]) -> int:
    return lead_services.take_back_follow_ups(pks=data["pks"])


_TAKERS_BACK: Mapping[str, Callable[[dict[str, Any]], int]] = {
    "stage": _unmove,
    "tag": _untag,
    "assign": _unassign,
    "follow_up": _unask,
}
