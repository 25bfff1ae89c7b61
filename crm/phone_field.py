"""The form field for a telephone number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.phones import national, normalize_phone


class PhoneField(forms.CharField):
    """Takes a number as people write it, gives E.164 and shows it as it is dialled."""

    default_error_messages = {"invalid": _("This phone number is not valid. Write it with its area code.")}

    def clean(self, value: Any) -> str:
        raw = str(super().clean(value) or "")
        number = normalize_phone(raw) if raw else ""
        if number is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return number

    def prepare_value(self, value: Any) -> Any:
        return (national(value) or value) if isinstance(value, str) and value.startswith("+") else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return normalize_phone(str(data or "")) != (initial or None) if initial or data else False
