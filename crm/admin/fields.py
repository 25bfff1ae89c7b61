"""Form fields that take what people write and give what the house stores."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from crm.phones import national, normalize_phone


class OwnWordsField(forms.CharField):
    """A long text that stays exactly as it was written; browsers send line ends of their own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, required=False, widget=UnfoldAdminTextareaWidget(), **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) != (initial or "")


class PhoneField(forms.CharField):
    """Takes a number as people write it, gives E.164 and shows it as it is dialled."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "inputmode": "tel"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        raw = str(super().clean(value) or "")
        number = normalize_phone(raw) if raw else ""
        if number is None:
            raise ValidationError(_("This phone number is not valid."))
        return number

    def prepare_value(self, value: Any) -> Any:
        return (national(value) or value) if isinstance(value, str) and value.startswith("+") else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return normalize_phone(str(data or "")) != (initial or None) if initial or data else False
