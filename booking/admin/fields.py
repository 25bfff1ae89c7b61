"""The fields of the admin's forms: those of `booking.fields` as the admin draws them, and the interval."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminSplitDateTimeWidget,
)

from booking import fields
from booking.fields import day_text, say
from crm.limits import SLOT_SIZES_MIN

__all__ = ["ClosingHourField", "DayField", "HourField", "IntervalField", "StartField", "day_text", "say"]


class DayField(fields.DayField):
    widget = UnfoldAdminSingleDateWidget


class HourField(fields.HourField):
    widget = UnfoldAdminSingleTimeWidget


class ClosingHourField(fields.ClosingHourField):
    widget = UnfoldAdminSingleTimeWidget


class StartField(fields.StartField):
    widget = UnfoldAdminSplitDateTimeWidget


class IntervalField(forms.IntegerField):
    """The interval between appointments, in minutes."""

    MISTAKEN = format_lazy(
        _("The interval is a multiple of {step} minutes, from {least} to {most}: 15, 30 or 60, for example."),
        step=SLOT_SIZES_MIN.step,
        least=SLOT_SIZES_MIN[0],
        most=SLOT_SIZES_MIN[-1],
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=UnfoldAdminIntegerFieldWidget(), error_messages={"invalid": self.MISTAKEN}, **kwargs)

    def validate(self, value: int | None) -> None:
        super().validate(value)
        if value not in SLOT_SIZES_MIN:
            raise ValidationError(self.MISTAKEN)
