"""Opening hours and closures as rows of a form that says in words what is wrong with which row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from booking import policy
from booking.admin.fields import ClosingHourField, DayField, HourField, day_text, say
from booking.admin.windows import Window, colliding, on_date
from booking.models import Closure, OpeningHours, Resource, Weekday
from crm.admin.base import HouseFormSet, HouseTabular, TenantForm
from crm.templatetags.isolates import isolate

NO_LENGTH = gettext_noop("{day}: the closing time equals the opening time.")
BACKWARDS = gettext_noop(
    "{day}: it closes before it opens ({window}). A window past midnight ends by 06:00 or lasts at most 12 hours."
)
OVERLAP = gettext_noop("{day}: the windows {first} and {second} overlap. They can be merged, or an hour changed.")
OVERLAP_OF_DAYS = gettext_noop("{day}: the window {second} overlaps {first} of {first_day}.")
HALF_GIVEN = gettext_noop("{day}: give both hours, or none for a closed day.")
WRITTEN_TWICE = gettext_noop("{day}: this date is already written as closed or open.")
GONE_BY = gettext_noop("{day}: this date has passed. Correct the year, or remove the row.")


class WindowForm(TenantForm):
    """One row. What is wrong with it alone is told here, with rules across rows by `WindowFormSet`.

    A field with an error is left out of the database's own checks, which would repeat it in vaguer words.
    """

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        row = self.cleaned_data
        opens, closes = row.get("opens"), row.get("closes")
        if self.errors or opens is None or closes is None:
            return row
        if opens == closes:
            self.add_error("closes", say(NO_LENGTH, day=self.label()))
        elif policy.Window(opens, closes).runs_backwards:
            window = isolate(f"{opens:%H:%M}–{closes:%H:%M}")
            self.add_error("closes", say(BACKWARDS, day=self.label(), window=window))
        return row

    def label(self) -> str | SafeString:
        """How an error names the row's day."""
        raise NotImplementedError


class WindowFormSet(HouseFormSet):
    """Windows that may not overlap, each error at the later row of the pair."""

    weekly: bool

    def clean(self) -> None:
        super().clean()
        calendars: dict[Resource | None, list[tuple[WindowForm, Window]]] = {}
        for form, row, window in self._filled():
            if window is not None:
                calendars.setdefault(row.get("resource"), []).append((form, window))
        for rows in calendars.values():
            for first, second in colliding([window for _form, window in rows], weekly=self.weekly):
                self._report(rows[first], rows[second])

    def _filled(self) -> Iterator[tuple[WindowForm, dict[str, Any], Window | None]]:
        """Rows that will be kept and are valid by themselves, with their window if they have one."""
        for form in self.forms:
            assert isinstance(form, WindowForm)
            row = getattr(form, "cleaned_data", {})
            if row and not form.errors and not row.get("DELETE") and self.is_filled(row):
                yield form, row, self.window(row)

    def _report(self, first: tuple[Any, Window], second: tuple[Any, Window]) -> None:
        day, first_day = second[0].label(), first[0].label()
        message = say(
            OVERLAP if day == first_day else OVERLAP_OF_DAYS,
            day=day,
            first_day=first_day,
            first=isolate(str(first[1])),
            second=isolate(str(second[1])),
        )
        second[0].add_error(None, message)

    def save_existing_objects(self, commit: bool = True) -> list[Any]:
        """Changed rows leave before they return, so that two of them may swap their hours."""
        if commit:
            changed = [form.instance.pk for form in self.initial_forms if form.has_changed()]
            self.model._default_manager.filter(pk__in=changed).delete()  # type: ignore[union-attr]  # both have one
        return super().save_existing_objects(commit)

    def is_filled(self, row: dict[str, Any]) -> bool:
        """Whether the row says when it holds."""
        raise NotImplementedError

    def window(self, row: dict[str, Any]) -> Window | None:
        """The row as a window; None for a day without one."""
        raise NotImplementedError


class WeekFormSet(WindowFormSet):
    weekly = True

    def is_filled(self, row: dict[str, Any]) -> bool:
        return row.get("weekday") is not None

    def window(self, row: dict[str, Any]) -> Window | None:
        return Window(row["weekday"], row["opens"], row["closes"])


DAY_NAMES = {
    Weekday.SUNDAY: _("On Sunday"),
    Weekday.MONDAY: _("On Monday"),
    Weekday.TUESDAY: _("On Tuesday"),
    Weekday.WEDNESDAY: _("On Wednesday"),
    Weekday.THURSDAY: _("On Thursday"),
    Weekday.FRIDAY: _("On Friday"),
    Weekday.SATURDAY: _("On Saturday"),
}


class WeekForm(WindowForm):
    opens = HourField(label=_("opens"))
    closes = ClosingHourField(label=_("closes"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A row in which nobody wrote hours counts as empty, though its day is never blank."""
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial.setdefault("weekday", Weekday.SUNDAY)

    def label(self) -> str:
        return str(DAY_NAMES[self.cleaned_data["weekday"]])


class ClosureForm(WindowForm):
    on_date = DayField(label=_("date"))
    opens = HourField(label=_("opens"), required=False)
    closes = ClosingHourField(label=_("closes"), required=False)

    def clean(self) -> dict[str, Any] | None:
        row = super().clean() or {}
        missing = [name for name in ("opens", "closes") if row.get(name) is None]
        if len(missing) == 1 and not self.errors:
            self.add_error(missing[0], say(HALF_GIVEN, day=self.label()))
        return row

    def clean_on_date(self) -> date:
        day: date = self.cleaned_data["on_date"]
        if "on_date" in self.changed_data and day < timezone.localdate():
            raise ValidationError(say(GONE_BY, day=day_text(day)))
        return day

    def label(self) -> SafeString:
        return day_text(self.cleaned_data["on_date"])


class ClosureFormSet(WindowFormSet):
    weekly = False

    def clean(self) -> None:
        super().clean()
        seen: dict[tuple[date, Resource | None], list[Window | None]] = {}
        for form, row, window in self._filled():
            same_day = seen.setdefault((row["on_date"], row.get("resource")), [])
            if same_day and (window is None or None in same_day):
                form.add_error(None, say(WRITTEN_TWICE, day=form.label()))
            same_day.append(window)

    def is_filled(self, row: dict[str, Any]) -> bool:
        return row.get("on_date") is not None

    def window(self, row: dict[str, Any]) -> Window | None:
        if row.get("opens") is None or row.get("closes") is None:
            return None
        return on_date(row["on_date"], row["opens"], row["closes"])


class WindowInline(HouseTabular):
    """Rows are added by a script; without one, the address asks for empty ones (`?rows`)."""

    EMPTY_ROWS = 3

    def get_extra(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> int:
        return self.EMPTY_ROWS if "rows" in request.GET else 0


class OpeningHoursInline(WindowInline):
    """The regular week of the whole business."""

    model = OpeningHours
    form = WeekForm
    formset = WeekFormSet
    fields = ("weekday", "opens", "closes")
    verbose_name = _("window")
    verbose_name_plural = _("opening hours")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).filter(resource__isnull=True)  # type: ignore[no-any-return]  # unfold ships no types


class ResourceHoursInline(WindowInline):
    """Hours of one resource; without any it follows the business."""

    model = OpeningHours
    form = WeekForm
    formset = WeekFormSet
    fields = ("weekday", "opens", "closes")
    verbose_name = _("window")
    verbose_name_plural = _("own hours")


class ClosureInline(WindowInline):
    model = Closure
    form = ClosureForm
    formset = ClosureFormSet
    fields = ("on_date", "opens", "closes", "resource", "reason")
    verbose_name = _("closure")
    verbose_name_plural = _("closures and special days")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Whose special day it is: one of the business's own resources, or everybody's; read once for all rows."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "resource":
            field.label, field.help_text, field.empty_label = _("with"), "", _("everyone")
            field.widget = field.widget.widget  # without the links that add or change a resource
            field.choices = list(field.choices)
        return field


class TimeOffInline(WindowInline):
    """Special days of one resource; the business's own stand on the business's page."""

    model = Closure
    form = ClosureForm
    formset = ClosureFormSet
    fields = ("on_date", "opens", "closes", "reason")
    verbose_name = _("day off")
    verbose_name_plural = _("time off and special days")
