"""Rules that the owner's own instructions state: shown with their words, put in force or out of it by the owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from booking.admin.preview import effect_of, preview_page, warn_of_touched
from booking.models import OwnerRule
from booking.owner_rules import Proposal, Settled, decide, in_words, proposals, settle_rules
from booking.preview import compare, look
from crm.admin.badges import badge
from crm.models import Business
from crm.roles import user_here
from crm.templatetags.isolates import times

_STATES = {
    "new": (_("waits for approval"), "warn"),
    "confirmed": (_("in force"), "ok"),
    "declined": (_("declined"), "hollow"),
}


@dataclass(frozen=True)
class StatedRule:
    """One line of the card, with what the owner may do about it. `problem` says why it cannot be kept."""

    field: str
    name: str
    value: SafeString
    quote: str
    state: SafeString
    problem: str
    may_confirm: bool
    may_decline: bool
    may_withdraw: bool


def stated_rules(business: Business) -> list[StatedRule]:
    return [_line(found) for found in proposals(business)]


def _line(found: Proposal) -> StatedRule:
    is_usable = not found.problem
    return StatedRule(
        field=found.field,
        name=rule_name(found.field),
        value=times(found.words),
        quote=found.quote,
        state=badge(*_STATES[found.state]) if is_usable else badge(_("cannot be kept"), "bad"),
        problem=found.problem,
        may_confirm=is_usable and found.state != "confirmed",
        may_decline=is_usable and found.state == "new",
        may_withdraw=found.state == "confirmed",
    )


def rule_name(field: str) -> str:
    return str(OwnerRule.Field(field).label)


def decide_view(request: HttpRequest, business: Business, *, context: dict[str, Any], back_to: str) -> HttpResponse:
    """The owner's word on one rule; `preview` names one that is only looked at. `context` is that of the admin."""
    verb = next((name for name in ("preview", "confirm", "decline") if name in request.POST), "")
    field = request.POST.get(verb, "")
    try:
        return _decide(request, business, verb, field, context, back_to)
    except ValueError:
        messages.error(request, _("The instructions do not state this rule any more. Nothing was changed."))
        return HttpResponseRedirect(back_to)


def _decide(
    request: HttpRequest, business: Business, verb: str, field: str, context: dict[str, Any], back_to: str
) -> HttpResponse:
    now, is_confirmed = timezone.now(), verb != "decline"

    def change() -> None:
        decide(business, {field: is_confirmed}, by=user_here(request), now=now)

    if verb == "preview":
        page = {
            "submit_text": _("Put the rule in force"),
            "submit_name": "confirm",
            "submit_value": field,
            "carried": [],
            "page_name": _("Preview of the change"),
            "page_parent": business.name,
            "page_parent_url": back_to,
            "back_to": back_to,
        }
        return preview_page(request, effect_of(business, change, now=now), context | page)
    before = look(business, now=now)
    change()
    messages.success(request, _("The rule is in force.") if is_confirmed else _("The rule is not in force."))
    warn_of_touched(request, compare(before, look(business, now=now)))
    return HttpResponseRedirect(back_to)


def settle(business: Business, before: list[Proposal]) -> list[SafeString]:
    """`settle_rules`, told to the owner in sentences."""
    return told(settle_rules(business, before))


def told(settled: Settled) -> list[SafeString]:
    """Sentences for the owner: first what is no longer in force, then what waits for approval."""
    lapsed = [(rule_name(row.field), times(in_words(row.field, row.value))) for row in settled.lapsed]
    fresh = [(rule_name(found.field), times(found.words)) for found in settled.fresh]
    sentences = (
        (_("The instructions have changed, and these rules are no longer in force: {}."), lapsed),
        (_("Found in the instructions, and not in force until you approve: {}."), fresh),
    )
    return [format_html(str(text), format_html_join("; ", "{}: {}", rules)) for text, rules in sentences if rules]
