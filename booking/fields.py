"""Dates and hours as people type them; what is wrong is said with the way to mend it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from booking.policy import first_instant_from, instant_of
from crm.limits import YEARS
from crm.templatetags.isolates import isolate

NO_DATE = gettext_noop("{value} is no date of the calendar. Write day/month/year, such as {example}.")
NO_HOUR = gettext_noop("{value} is no time of day. Write hours and minutes from 00:00 to 23:59, such as {example}.")
SKIPPED = gettext_noop("On {day} the clock jumps forward and {hour} does not exist. The next time is {next}.")
END_OF_DAY = "24:00"


def say(sentence: str, **values: object) -> SafeString:
    """A translated sentence with its values; left-to-right ones arrive as islands."""
    return format_html(gettext(sentence), **values)


def day_text(day: date) -> SafeString:
    return isolate(f"{day:%d/%m/%Y}")


class DayField(forms.DateField):
    """A date of the calendar."""

    def to_python(self, value: Any) -> date | None:
        try:
            day: date | None = super().to_python(value)
            if day is not None and day.year not in YEARS:
                raise ValidationError("")
            return day
        except ValidationError:
            example = isolate(f"30/06/{timezone.localdate().year + 1}")
            raise ValidationError(say(NO_DATE, value=isolate(str(value).strip()), example=example)) from None


class HourField(forms.TimeField):
    """An hour of the day."""

    def to_python(self, value: Any) -> time | None:
        try:
            return super().to_python(value)
        except ValidationError:
            raise ValidationError(say(NO_HOUR, value=isolate(str(value).strip()), example=isolate("09:30"))) from None


class ClosingHourField(HourField):
    """An hour at which a window ends: midnight may be written as the end of the day."""

    def to_python(self, value: Any) -> time | None:
        return time(0) if isinstance(value, str) and value.strip() == END_OF_DAY else super().to_python(value)


class StartField(forms.MultiValueField):
    """A date and an hour of the business's own clock, as an instant.

    An hour that the clock shows twice is the first of the two; one that it skips is refused.
    """

    widget = forms.SplitDateTimeWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(fields=(DayField(), HourField()), label=_("start"), require_all_fields=True, **kwargs)

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list:
            return None
        day, hour = data_list
        zone = timezone.get_current_timezone()
        assert isinstance(zone, ZoneInfo)
        wall = datetime.combine(day, hour)
        instant = instant_of(wall, zone)
        if instant is not None:
            return instant
        following = first_instant_from(wall, zone).astimezone(zone)
        raise ValidationError(
            say(SKIPPED, day=day_text(day), hour=isolate(f"{hour:%H:%M}"), next=isolate(f"{following:%H:%M}"))
        )
