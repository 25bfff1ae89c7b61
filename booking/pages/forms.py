"""What people type on the calendar. Whether a time may be booked is not theirs to say."""

from __future__ import annotations

import datetime as dt
import secrets
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.creation import MAX_NOTE
from booking.fields import SKIPPED, ClosingHourField, DayField, HourField, day_text, say
from booking.models import Resource, Service
from booking.policy import Unreadable, first_instant_from, instant_of, read_start
from crm.limits import YEARS
from crm.templatetags.isolates import isolate

_DATE = {"class": "field", "inputmode": "numeric", "dir": "ltr", "autocomplete": "off", "placeholder": "24/11/2026"}
_HOUR = {"class": "field", "inputmode": "numeric", "dir": "ltr", "autocomplete": "off", "placeholder": "14:00"}
_ONE_LINE = {"class": "field", "autocomplete": "off"}


def day_field() -> DayField:
    return DayField(label=_("date"), widget=forms.DateInput(attrs=_DATE, format="%d/%m/%Y"))


def _hour() -> forms.TimeInput:
    return forms.TimeInput(attrs=_HOUR, format="%H:%M")


class InstantField(forms.CharField):
    """A start that a page offered: ISO text with an offset, or the wall clock of the business without one."""

    def to_python(self, value: Any) -> datetime | None:  # type: ignore[override]  # text in, an instant out
        text = super().to_python(value)
        if not text:
            return None
        zone = timezone.get_current_timezone()
        try:
            given = datetime.fromisoformat(text)
        except ValueError:
            raise ValidationError(_("Choose a time.")) from None
        if given.year not in YEARS:
            raise ValidationError(_("Choose a time."))
        if given.tzinfo is not None:
            found = read_start(given, zone)
            if isinstance(found, Unreadable):
                raise ValidationError(_("Choose a time."))
            return found
        instant = instant_of(given, zone)
        if instant is None:
            after = first_instant_from(given, zone).astimezone(zone)
            raise ValidationError(
                say(SKIPPED, day=day_text(given.date()), hour=isolate(f"{given:%H:%M}"), next=isolate(f"{after:%H:%M}"))
            )
        return instant


class TimeForm(forms.Form):
    """A wish for a time of a day. `start` is chosen among those listed; `suggested` is a refusal's own offer."""

    resource: forms.ModelChoiceField[Resource] = forms.ModelChoiceField(
        label=_("with"), required=False, queryset=None, empty_label=_("whoever is free"), blank=True
    )
    date = day_field()
    starts_at = InstantField(label=_("time"), required=False)
    suggested = InstantField(required=False)
    everything = forms.BooleanField(required=False)
    reason = forms.CharField(
        label=_("reason"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=_ONE_LINE),
        help_text=_("Kept in the appointment's history."),
    )
    offers_override = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("service", Service), ("resource", Resource)):
            if name in self.fields:
                self.fields[name].queryset = model.objects.filter(is_active=True)  # type: ignore[attr-defined]  # a ModelChoiceField; scoped only now
                self.fields[name].widget.attrs["class"] = "field"
        self.near: tuple[Any, ...] = ()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        start = given.get("suggested") or given.get("starts_at")
        if start is None and given.get("end") is None and not {"starts_at", "date", "end"} & set(self.errors):
            self.add_error("starts_at", _("Choose a time."))
        given["starts_at"] = start
        return given

    def slug_of(self, name: str) -> str | None:
        """The id of the chosen service or resource."""
        row = self.cleaned_data.get(name)
        return row.slug if row else None

    @property
    def chosen_start(self) -> str:
        """The start as it was sent, so that it stays chosen."""
        return str(self.data.get("suggested") or self.data.get("starts_at") or "")


def note_field() -> forms.CharField:
    return forms.CharField(
        label=_("note"),
        required=False,
        max_length=MAX_NOTE,
        widget=forms.TextInput(attrs=_ONE_LINE),
        help_text=_("Only the staff sees it."),
    )


class NewForm(TimeForm):
    """An appointment to be: for whom, for what, when. Missing facts come back as the server's own refusals."""

    lead = forms.IntegerField(required=False, widget=forms.HiddenInput())
    customer_name = forms.CharField(
        label=_("name"), required=False, max_length=120, widget=forms.TextInput(attrs=_ONE_LINE)
    )
    customer_phone = forms.CharField(
        label=_("phone"),
        required=False,
        max_length=24,
        widget=forms.TextInput(attrs=_ONE_LINE | {"dir": "ltr", "inputmode": "tel"}),
    )
    service: forms.ModelChoiceField[Service] = forms.ModelChoiceField(
        label=_("service"), required=False, queryset=None, empty_label=_("none in particular"), blank=True
    )
    note = note_field()
    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput())

    def fresh_key(self) -> str:
        """Sent once, however often the button is pressed; a form that was refused is a new attempt."""
        return secrets.token_urlsafe(12)


class NoteForm(forms.Form):
    """The staff's words about an appointment. `seen` is what they were when this form was opened."""

    note = note_field()
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput())


class MoveForm(TimeForm):
    """Where an appointment is to go. `version` is what the person saw of it, `end` where its end was drawn to."""

    version = forms.CharField(max_length=60, widget=forms.HiddenInput())
    end = InstantField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resource"].empty_label = _("the same, if free")  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["date"].required = False  # what is dragged says its start alone


class ClosureForm(forms.Form):
    """Time at which nobody serves: a whole date, or some hours of it."""

    date = day_field()
    opens = HourField(label=_("from the hour"), required=False, widget=forms.TimeInput(attrs=_HOUR, format="%H:%M"))
    closes = ClosingHourField(
        label=_("until the hour"), required=False, widget=forms.TimeInput(attrs=_HOUR, format="%H:%M")
    )
    resource: forms.ModelChoiceField[Resource] = forms.ModelChoiceField(
        label=_("who"), required=False, queryset=None, empty_label=_("everyone"), blank=True
    )
    reason = forms.CharField(label=_("reason"), required=False, max_length=80, widget=forms.TextInput(attrs=_ONE_LINE))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resource"].queryset = Resource.objects.filter(is_active=True)  # type: ignore[attr-defined]  # a ModelChoiceField; scoped only now
        self.fields["resource"].widget.attrs["class"] = "field"

    def clean_date(self) -> dt.date:
        day: dt.date = self.cleaned_data["date"]
        if day < timezone.localdate():
            raise ValidationError(_("This date has passed."))
        return day

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        opens, closes = given.get("opens"), given.get("closes")
        if "opens" in self.errors or "closes" in self.errors:
            return given
        if (opens is None) != (closes is None):
            missing = "opens" if opens is None else "closes"
            self.add_error(missing, _("Give both hours, or none for the whole day."))
        elif opens is not None and closes is not None and time(0) != closes <= opens:
            self.add_error("closes", _("The end is after the start, on the same day."))
        return given

    @property
    def hours(self) -> tuple[time, timedelta] | None:
        """From when, and for how long; None for the whole day."""
        opens, closes = self.cleaned_data["opens"], self.cleaned_data["closes"]
        if opens is None or closes is None:
            return None
        until = timedelta(hours=closes.hour, minutes=closes.minute) or timedelta(days=1)
        return opens, until - timedelta(hours=opens.hour, minutes=opens.minute)
