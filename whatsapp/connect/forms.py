"""What an owner enters on the channels' page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.models import Business
from crm.phones import national, normalize_phone
from crm.words import one_line


class NumberForm(forms.Form):
    """A number as people write it; E.164 comes out."""

    phone = forms.CharField(
        max_length=40,
        widget=forms.TextInput(attrs={"class": "field", "dir": "ltr", "inputmode": "tel", "autocomplete": "tel"}),
        error_messages={"required": _("A phone number is needed.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if shown := self.initial.get("phone"):
            self.initial["phone"] = national(shown) if str(shown).startswith("+972") else shown

    def clean_phone(self) -> str:
        number = normalize_phone(str(self.cleaned_data["phone"]))
        if number is None:
            raise forms.ValidationError(_("This phone number is not valid."))
        return number


class DisconnectForm(forms.Form):
    """Whoever unlinks the phone types the business's name: customers who write will not be answered."""

    name = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"class": "field", "dir": "auto", "autocomplete": "off"}),
        error_messages={"required": _("The name of the business is to be typed.")},
    )

    def __init__(self, *args: Any, business: Business, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._business = business

    def clean_name(self) -> str:
        name = one_line(str(self.cleaned_data["name"]))
        if name != one_line(self._business.name):
            raise forms.ValidationError(_("This is not the name of the business."))
        return name
