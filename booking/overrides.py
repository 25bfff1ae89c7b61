"""A time that staff asks for: the server's refusal on the form, and an owner's way past a rule of the business."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from django.db import transaction
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from booking.results import Refused, Slot
from booking.services import Override
from crm.models import Role
from crm.roles import role_of
from crm.templatetags.isolates import isolate, times


class Answer(Protocol):
    """What became of a wish."""

    @property
    def ok(self) -> bool: ...


Done = TypeVar("Done", bound=Answer)
Attempt = Callable[[Override | None], Done | Refused]


class AsksForATime(Protocol):
    """A form with the field `reason`. `offers_override`: whether it shows an owner the way past a rule."""

    offers_override: bool
    cleaned_data: dict[str, Any]
    fields: Any

    def add_error(self, field: str | None, error: Any) -> None: ...


# What an override went against, or what stands against a booked appointment after the rules have changed.
RULES_BROKEN = {
    "past": _("the time had passed"),
    "too_soon": _("less than the minimum notice"),
    "beyond_window": _("too far ahead"),
    "closed_day": _("closed on that day"),
    "outside_hours": _("outside opening hours"),
    "off_grid": _("not at a time when appointments start"),
    "slot_taken": _("the day was full"),
    "unknown_service": _("takes no appointments"),
}
FIELD_OF_CODE = {
    "need_name": "customer_name",
    "need_phone": "customer_phone",
    "invalid_phone": "customer_phone",
    "unknown_service": "service",
}


def refusal_text(refused: Refused) -> SafeString | str:
    """The server's sentence and, if there are any, the times it suggests instead."""
    if not refused.suggestions:
        return times(refused.message)
    near = format_html_join(", ", "{}", ((slot_text(slot),) for slot in refused.suggestions))
    return format_html(_now("{} Near times: {}."), times(refused.message), near)


def slot_text(slot: Slot) -> SafeString:
    return isolate(f"{slot.start:%d/%m/%Y %H:%M}")


def ask(request: HttpRequest, form: AsksForATime, attempt: Attempt[Done], *, suggests: bool = True) -> Done | None:
    """What came of the wish of a valid form; None if it was refused, and the form says why.

    With `suggests` it names the near times as well; a page that shows them as buttons says them itself.
    An owner is then offered to carry it through for a reason, if nothing but a rule of the business is in the way.
    """
    reason = form.cleaned_data["reason"].strip()
    insists = "_override" in request.POST and role_of(request) is Role.OWNER
    answer = attempt(Override(reason) if insists and reason else None)
    if not isinstance(answer, Refused):
        return answer
    form.offers_override = role_of(request) is Role.OWNER and would_carry(attempt)
    if insists and not reason and form.offers_override:
        form.add_error("reason", _("Write why: the reason is kept in the appointment's history."))
    field = FIELD_OF_CODE.get(answer.code, "starts_at")
    form.add_error(
        field if field in form.fields else "starts_at", refusal_text(answer) if suggests else times(answer.message)
    )
    return None


def would_carry(attempt: Attempt[Done]) -> bool:
    """Whether an override would do it: tried, and taken back."""
    with transaction.atomic():
        answer = attempt(Override("-"))
        transaction.set_rollback(True)
    return answer.ok
