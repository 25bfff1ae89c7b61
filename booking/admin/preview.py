"""What a change of the rules would do, shown before it is saved; and a word about appointments that a save touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.contrib import messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from booking.admin.fields import day_text
from booking.admin.hours import DAY_NAMES
from booking.models import Weekday
from booking.policy import weekday
from booking.preview import DayTimes, Difference, Standing, compare, look
from crm.admin.base import ByRole
from crm.models import Business
from crm.roles import current_business
from crm.secrets import seal, unseal
from crm.templatetags.isolates import isolate, times

PREVIEW, EDIT = "_preview", "_edit"
_SUBMITS = ("csrfmiddlewaretoken", PREVIEW, EDIT, "_save", "_continue", "_addanother")
_LEAST_OF_A_RANGE = 3


@dataclass(frozen=True)
class TouchedRow:
    appointment_id: int
    day: SafeString
    hour: SafeString
    who: str
    message: SafeString


@dataclass(frozen=True)
class DayRow:
    """The times of a day that come or go: in short, and one by one."""

    day: SafeString
    count: str
    short: SafeString
    times: SafeString


def named_day(day: date) -> SafeString:
    """Its weekday and its date."""
    return format_html("{} {}", DAY_NAMES[Weekday(weekday(day))], day_text(day))


def in_words(difference: Difference) -> dict[str, Any]:
    """Context of `admin/booking/_effect.html`."""
    return {
        "touched": [_touched(one) for one in difference.touched],
        "appear": [_day_row(day) for day in difference.appear],
        "vanish": [_day_row(day) for day in difference.vanish],
        "is_nothing": not difference,
    }


def _touched(one: Standing) -> TouchedRow:
    who = f"{one.customer_name}, {one.service}" if one.service else one.customer_name
    day = named_day(one.starts_at.date())
    return TouchedRow(one.appointment_id, day, isolate(f"{one.starts_at:%H:%M}"), who, times(one.message))


def _day_row(row: DayTimes) -> DayRow:
    count = ngettext("one time", "%(count)d times", len(row.times)) % {"count": len(row.times)}
    runs = [isolate(text) for text in _runs(row.times)]
    return DayRow(
        named_day(row.day),
        count,
        format_html_join(", ", "{}", ((run,) for run in runs)),
        format_html_join(" ", "{}", ((isolate(f"{one:%H:%M}"),) for one in row.times)),
    )


def _runs(found: Sequence[time]) -> Iterator[str]:
    """Times at even distances as ranges, such as 14:00–17:00; the nearest two give the distance."""
    minutes = [one.hour * 60 + one.minute for one in found]
    step = min((after - before for before, after in zip(minutes, minutes[1:], strict=False)), default=0)
    run: list[time] = []
    for one, minute, before in zip(found, minutes, [None, *minutes], strict=False):
        if run and before is not None and minute - before != step:
            yield from _written(run)
            run = []
        run.append(one)
    yield from _written(run)


def _written(run: Sequence[time]) -> Iterator[str]:
    if len(run) >= _LEAST_OF_A_RANGE:
        yield f"{run[0]:%H:%M}–{run[-1]:%H:%M}"
    else:
        yield from (f"{one:%H:%M}" for one in run)


def effect_of(business: Business, change: Callable[[], object], *, now: datetime) -> Difference:
    """What `change` would do; it is done and taken back."""
    with transaction.atomic():
        before = look(business, now=now)
        change()
        after = look(business, now=now)
        transaction.set_rollback(True)
    return compare(before, after)


def preview_page(
    request: HttpRequest, difference: Difference, context: dict[str, Any], *, secrets: Sequence[str] = ()
) -> HttpResponse:
    """The effect, with the form that was sent, ready to be sent again. `context` is that of the admin's pages.

    Fields named in `secrets` travel sealed: a page shows no secret.
    """
    carried = [
        (name, seal(value) if name.rpartition("-")[2] in secrets else value)
        for name, values in request.POST.lists()
        if name not in _SUBMITS
        for value in values
    ]
    shared = {"title": _("Preview of the change"), "carried": carried, "submit_text": _("Save"), "submit_name": "_save"}
    return render(request, "admin/booking/preview.html", shared | in_words(difference) | context)


def warn_of_touched(request: HttpRequest, difference: Difference) -> None:
    """How many booked appointments a saved change left outside the rules, and where they are."""
    count = len(difference.touched)
    if not count:
        return
    text = ngettext(
        "One booked appointment is outside the rules now. It stays booked and is marked.",
        "%(count)d booked appointments are outside the rules now. They stay booked and are marked.",
        count,
    )
    address = f"{reverse('admin:booking_appointment_changelist')}?when=outside"
    link = format_html('<a class="al-link" href="{}">{}</a>', address, _("To the marked appointments"))
    messages.warning(request, format_html("{} {}", text % {"count": count}, link))


class ShowsEffect(ByRole):
    """An admin page whose change decides what can be booked. Stands before the admin class it extends."""

    secret_fields: tuple[str, ...] = ()  # by the last part of their names

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST":
            return self._plain(request, object_id, form_url, extra_context)
        request.POST = _unsealed(request.POST)  # type: ignore[assignment]  # a QueryDict like the one it replaces
        business = None if EDIT in request.POST else self._affected(request, object_id)
        if business is None:
            return self._plain(request, object_id, form_url, extra_context)
        now = timezone.now()
        with transaction.atomic():
            before = look(business, now=now)
            response = self._plain(request, object_id, form_url, extra_context)
            is_saved = response.status_code == 302
            difference = compare(before, look(business, now=now)) if is_saved else None
            if PREVIEW in request.POST:
                transaction.set_rollback(True)
        if difference is None:
            return response
        if PREVIEW in request.POST:
            context = self.admin_site.each_context(request) | self._named(request, object_id)  # type: ignore[attr-defined]  # of the admin class
            return preview_page(request, difference, context, secrets=self.secret_fields)
        warn_of_touched(request, difference)
        return response

    def _plain(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: dict[str, Any] | None
    ) -> HttpResponse:
        context = {"offers_preview": self._affected(request, object_id) is not None} | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, context)  # type: ignore[misc, no-any-return]  # of the admin class

    def _affected(self, request: HttpRequest, object_id: str | None) -> Business | None:
        """Whose calendar a change moves; None for what is not there yet."""
        row = self.get_object(request, object_id) if object_id else None  # type: ignore[attr-defined]  # of the admin class
        if row is None:
            return current_business(request) if object_id is None else None
        return row if isinstance(row, Business) else row.business

    def _named(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        row: models.Model | None = self.get_object(request, object_id) if object_id else None  # type: ignore[attr-defined]  # as above
        opts = self.opts  # type: ignore[attr-defined]  # as above
        return {"opts": opts, "page_name": _("Preview of the change"), "page_parent": str(row or opts.verbose_name)} | {
            "page_parent_url": request.path
        }

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """On the way back from a preview the form is shown as it was filled in, and nothing is saved."""
        form = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]  # of the admin class
        return type(form)(form.__name__, (_Unsaved, form), {}) if EDIT in request.POST else form

    def message_user(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """A preview saves nothing, so nothing is reported."""
        if PREVIEW not in request.POST:
            super().message_user(request, *args, **kwargs)  # type: ignore[misc]  # of the admin class


class _Unsaved:
    def is_valid(self) -> bool:
        super().is_valid()  # type: ignore[misc]  # of the form it extends
        return False


def _unsealed(sent: QueryDict) -> QueryDict:
    opened = sent.copy()
    for name, values in sent.lists():
        opened.setlist(name, [unseal(str(value)) for value in values])
    return opened
