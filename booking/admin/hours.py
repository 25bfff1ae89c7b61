"""Opening hours and closures as rows of a form that says in words what is wrong with which row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from booking.admin.windows import Window, colliding, on_date
from booking.models import Closure, OpeningHours, Weekday
from crm.admin.base import HouseFormSet, HouseTabular, TenantForm
from crm.templatetags.isolates import isolate

NO_LENGTH = gettext_noop("{day}: the closing time equals the opening time.")
OVERLAP = gettext_noop("{day}: the windows {first} and {second} overlap. They can be merged, or an hour changed.")
OVERLAP_OF_DAYS = gettext_noop("{day}: the window {second} overlaps {first} of {first_day}.")
HALF_GIVEN = gettext_noop("{day}: give both hours, or none for a closed day.")
WRITTEN_TWICE = gettext_noop("{day}: this date is already written as closed or open.")


def say(sentence: str, **values: object) -> SafeString:
    """A translated sentence with its values; left-to-right ones arrive as islands."""
    return format_html(gettext(sentence), **values)


class WindowForm(TenantForm):
    """One row. What is wrong with it alone is told here, with rules across rows by `WindowFormSet`.

    A field with an error is left out of the database's own checks, which would repeat it in vaguer words.
    """

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        row = self.cleaned_data
        if not self.errors and row.get("opens") is not None and row.get("opens") == row.get("closes"):
            self.add_error("closes", say(NO_LENGTH, day=self.label()))
        return row

    def label(self) -> str | SafeString:
        """How an error names the row's day."""
        raise NotImplementedError


class WindowFormSet(HouseFormSet):
    """Windows that may not overlap, each error at the later row of the pair."""

    weekly: bool

    def clean(self) -> None:
        super().clean()
        rows = [(form, row, window) for form, row, window in self._filled() if window is not None]
        for first, second in colliding([window for _form, _row, window in rows], weekly=self.weekly):
            self._report((rows[first][0], rows[first][2]), (rows[second][0], rows[second][2]))

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
    def label(self) -> str:
        return str(DAY_NAMES[self.cleaned_data["weekday"]])


class ClosureForm(WindowForm):
    def clean(self) -> dict[str, Any] | None:
        row = super().clean() or {}
        missing = [name for name in ("opens", "closes") if row.get(name) is None]
        if len(missing) == 1 and not self.errors:
            self.add_error(missing[0], say(HALF_GIVEN, day=self.label()))
        return row

    def label(self) -> SafeString:
        return isolate(f"{self.cleaned_data['on_date']:%d/%m/%Y}")


class ClosureFormSet(WindowFormSet):
    weekly = False

    def clean(self) -> None:
        super().clean()
        seen: dict[date, list[Window | None]] = {}
        for form, row, window in self._filled():
            same_day = seen.setdefault(row["on_date"], [])
            if same_day and (window is None or None in same_day):
                form.add_error(None, say(WRITTEN_TWICE, day=form.label()))
            same_day.append(window)

    def is_filled(self, row: dict[str, Any]) -> bool:
        return row.get("on_date") is not None

    def window(self, row: dict[str, Any]) -> Window | None:
        if row.get("opens") is None or row.get("closes") is None:
            return None
        return on_date(row["on_date"], row["opens"], row["closes"])


class OpeningHoursInline(HouseTabular):
    """The regular week of the whole business."""

    model = OpeningHours
    form = WeekForm
    formset = WeekFormSet
    fields = ("weekday", "opens", "closes")
    verbose_name = _("window")
    verbose_name_plural = _("opening hours")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).filter(resource__isnull=True)  # type: ignore[no-any-return]  # unfold ships no types


class ResourceHoursInline(HouseTabular):
    """Hours of one resource; without any it follows the business."""

    model = OpeningHours
    form = WeekForm
    formset = WeekFormSet
    fields = ("weekday", "opens", "closes")
    verbose_name = _("window")
    verbose_name_plural = _("own hours")


class ClosureInline(HouseTabular):
    model = Closure
    form = ClosureForm
    formset = ClosureFormSet
    fields = ("on_date", "opens", "closes", "reason")
    verbose_name = _("closure")
    verbose_name_plural = _("closures and special days")
