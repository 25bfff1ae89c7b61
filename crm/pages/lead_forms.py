"""Forms of the pages of customers: what staff type about a person, as the house stores it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.models import Lead
from crm.phone_field import PhoneField
from crm.services import tidy_name
from crm.tags import LONGEST
from crm.words import one_line

LONGEST_NOTE = 4000


class LeadForm(forms.Form):
    """Who it is. A card needs a name or a number."""

    name = forms.CharField(
        label=_("name"),
        required=False,
        max_length=Lead._meta.get_field("name").max_length,
        widget=forms.TextInput(attrs={"class": "field", "autocomplete": "off", "dir": "auto"}),
    )
    phone = PhoneField(
        label=_("phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "tel", "autocomplete": "off", "class": "field"}),
    )

    def clean_name(self) -> str:
        return tidy_name(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("name") and not values.get("phone") and not self.errors:
            raise ValidationError(_("Fill in a name or a phone number."))
        return values


class EditForm(LeadForm):
    seen = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)

    def clean(self) -> dict[str, Any]:
        """A card may lose both: who it is stands in its timeline."""
        return forms.Form.clean(self) or {}


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("note"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"class": "field", "rows": 2, "dir": "auto"}),
        error_messages={"required": _("The note is empty.")},
    )
    key = forms.SlugField(max_length=40, required=False, widget=forms.HiddenInput)


class TagForm(forms.Form):
    name = forms.CharField(
        label=_("tag"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"class": "field", "list": "tags-known", "dir": "auto", "autocomplete": "off"}),
        error_messages={"required": _("Write the tag.")},
    )

    def clean_name(self) -> str:
        name = one_line(self.cleaned_data["name"])
        if not name:
            raise ValidationError(_("Write the tag."))
        return name
