"""What staff fill in for an answer, and for a question asked as a customer would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.models import Medium
from faq.attachments import attachment_problem
from faq.entries import phrasings_in
from faq.models import LONGEST_ASKED, LONGEST_QUESTION, MOST_PHRASINGS, FaqEntry

LONGEST_ANSWER = 2_000
_TEXT: dict[str, Any] = {"class": "field", "dir": "auto"}
_DAY: dict[str, Any] = {"class": "field", "dir": "ltr", "inputmode": "numeric", "placeholder": "24/11/2026"}


class EntryForm(forms.Form):
    """An entry, new or changed."""

    question = forms.CharField(
        label=gettext_lazy("Question"), max_length=LONGEST_QUESTION, widget=forms.TextInput(attrs=_TEXT)
    )
    phrasings = forms.CharField(
        label=gettext_lazy("Other wordings"),
        required=False,
        help_text=gettext_lazy(
            "One a line, as customers say it. Every further wording helps to recognise the question."
        ),
        widget=forms.Textarea(attrs=_TEXT | {"rows": 3}),
    )
    answer = forms.CharField(
        label=gettext_lazy("Answer"),
        max_length=LONGEST_ANSWER,
        help_text=gettext_lazy("Said and sent word for word."),
        widget=forms.Textarea(attrs=_TEXT | {"rows": 4}),
    )
    in_calls = forms.BooleanField(label=gettext_lazy("For calls"), required=False, initial=True)
    in_messages = forms.BooleanField(label=gettext_lazy("For messages"), required=False, initial=True)
    is_active = forms.BooleanField(label=gettext_lazy("Active"), required=False, initial=True)
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), required=False, widget=forms.DateInput(attrs=_DAY))
    valid_until = forms.DateField(label=gettext_lazy("Valid until"), required=False, widget=forms.DateInput(attrs=_DAY))
    file = forms.FileField(
        label=gettext_lazy("Picture or file"),
        required=False,
        help_text=gettext_lazy("JPEG, PNG, WebP or PDF, up to 5 MB. Sent with the answer in messages."),
        widget=forms.FileInput(attrs={"class": "field", "accept": ".jpg,.jpeg,.png,.webp,.pdf"}),
    )
    file_away = forms.BooleanField(label=gettext_lazy("Take the file away"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(data, files, auto_id="faq_%s", **kwargs)
        for name in ("valid_from", "valid_until"):
            self.fields[name].error_messages["invalid"] = _("Write the date as day/month/year.")
        for bound in self:
            described = [f"faq_{bound.name}_help"] if bound.help_text else []
            if self.is_bound and bound.errors:
                described.append(f"faq_{bound.name}_error")
                bound.field.widget.attrs["aria-invalid"] = "true"
            if described:
                bound.field.widget.attrs["aria-describedby"] = " ".join(described)

    def clean_phrasings(self) -> list[str]:
        lines = phrasings_in(self.cleaned_data["phrasings"])
        if long := next((line for line in lines if len(line) > LONGEST_QUESTION), None):
            text = _("“%(line)s…” is longer than %(count)d characters.")
            raise ValidationError(text % {"line": long[:30], "count": LONGEST_QUESTION})
        if len(lines) > MOST_PHRASINGS:
            raise ValidationError(_("At most %(count)d wordings.") % {"count": MOST_PHRASINGS})
        return lines

    def clean_file(self) -> File[Any] | None:
        file: File[Any] | None = self.cleaned_data["file"]
        if file is not None and (problem := attachment_problem(file)):
            raise ValidationError(problem)
        return file

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        begins, ends = found.get("valid_from"), found.get("valid_until")
        if begins and ends and ends < begins:
            self.add_error("valid_until", _("The end lies before the beginning."))
        return found

    def values(self) -> dict[str, Any]:
        """Of the entry; `media` is None where it stays, False where it goes."""
        found = dict(self.cleaned_data)
        file, away = found.pop("file"), found.pop("file_away")
        return found | {"media": file or (False if away else None)}


def initial_of(entry: FaqEntry) -> dict[str, Any]:
    names = ("question", "answer", "in_calls", "in_messages", "is_active", "valid_from", "valid_until")
    return {name: getattr(entry, name) for name in names} | {"phrasings": "\n".join(entry.phrasings)}


class AskForm(forms.Form):
    """A question as a customer would put it."""

    text = forms.CharField(
        label=gettext_lazy("The question"),
        max_length=LONGEST_ASKED,
        widget=forms.TextInput(attrs=_TEXT | {"autocomplete": "off"}),
    )
    medium = forms.ChoiceField(
        label=gettext_lazy("How they ask"),
        choices=[(Medium.PHONE, gettext_lazy("in a call")), (Medium.WHATSAPP, gettext_lazy("in a message"))],
        initial=Medium.PHONE,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id="ask_%s", **kwargs)
