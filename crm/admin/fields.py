"""Form fields that take what people write and give what the house stores."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from crm import phone_field


class OwnWordsField(forms.CharField):
    """A long text that stays exactly as it was written; browsers send line ends of their own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, required=False, widget=UnfoldAdminTextareaWidget(), **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) != (initial or "")


class PhoneField(phone_field.PhoneField):
    """As the admin draws it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "inputmode": "tel"}))
        super().__init__(**kwargs)
