"""What staff type where the assistant waits for their word."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.names import name_of
from whatsapp.models import Approval
from whatsapp.tool_words import label_of

OTHER = "other"
REASONS = (
    ("amount", _("wrong amount")),
    ("customer", _("wrong customer")),
    ("later", _("not now")),
    (OTHER, pgettext_lazy("reason", "other")),
)
LONGEST = 300
LONGEST_INSTRUCTIONS = 20_000


class RejectForm(forms.Form):
    """Why not: one of the usual reasons, or words."""

    reason = forms.ChoiceField(
        choices=REASONS, error_messages={"required": _("A reason is missing: the assistant and colleagues go by it.")}
    )
    words = forms.CharField(required=False, max_length=LONGEST, strip=True)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("reason") == OTHER and not values.get("words") and "words" not in self.errors:
            raise ValidationError({"words": _("The reason is to be written here.")})
        return values

    def said(self) -> str:
        """The reason in the words of whoever gave it."""
        words = self.cleaned_data["words"]
        usual = str(dict(REASONS)[self.cleaned_data["reason"]])
        return words if self.cleaned_data["reason"] == OTHER else f"{usual}. {words}".removesuffix(". ")


class ReplayForm(forms.Form):
    instructions = forms.CharField(max_length=LONGEST_INSTRUCTIONS, strip=True)


class EditForm(forms.Form):
    """The arguments of a tool call as fields; ids and lists stay as they are."""

    def __init__(self, approval: Approval, data: Any = None) -> None:
        super().__init__(data)
        self._arguments: dict[str, Any] = dict(approval.arguments)
        for key, value in self._arguments.items():
            if (field := _field_of(key, value)) is not None:
                self.fields[key] = field

    def arguments(self) -> dict[str, Any]:
        """All arguments, with what was changed; what was emptied is None."""
        changed = {key: _value(value) for key, value in self.cleaned_data.items()}
        return self._arguments | changed

    def refuse(self, names: Collection[str]) -> None:
        """The tool does not take these: said at each field, or above all of them."""
        for name in names or [""]:
            self.add_error(name if name in self.fields else None, _t("This value does not fit here."))


def _field_of(key: str, value: Any) -> forms.Field | None:
    if key.endswith("_id") or isinstance(value, bool | list | dict):
        return None
    label = label_of(key)
    look: dict[str, Any] = {"class": "field", "dir": "auto"}
    if key.endswith("_iso"):
        moment = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "field"})
        at = _local(value)
        formats = ["%Y-%m-%dT%H:%M"]
        return forms.DateTimeField(
            label=label, required=value is not None, initial=at, widget=moment, input_formats=formats
        )
    if isinstance(value, int):
        return forms.IntegerField(label=label, initial=value, widget=forms.NumberInput(attrs={"class": "field"}))
    if isinstance(value, float):
        widget = forms.NumberInput(attrs={"class": "field", "step": "any"})
        return forms.FloatField(label=label, initial=value, widget=widget)
    if key in ("phone", "customer_phone", "to"):
        look |= {"dir": "ltr", "inputmode": "tel"}
    is_long = isinstance(value, str) and (key in ("text", "note", "notes", "summary", "description") or len(value) > 60)
    text = forms.Textarea(attrs=look | {"rows": 3}) if is_long else forms.TextInput(attrs=look)
    return forms.CharField(label=label, required=bool(value), initial=value, max_length=4000, widget=text)


def _local(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return timezone.localtime(at).replace(tzinfo=None) if at.tzinfo else at


def _value(value: Any) -> Any:
    """As the tools write it: local times without a zone."""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}"
    return None if value == "" else value


def already(row: Approval) -> str:
    """What to say to whoever decides what is decided, or has waited too long."""
    if row.status in (Approval.Status.WAITING, Approval.Status.EXPIRED) or row.decided_at is None:
        return _t("The approval has expired. Nothing was done.")
    at = timezone.localtime(row.decided_at)
    when = f"{at:%H:%M}" if at.date() == timezone.localdate() else f"{at:%d/%m %H:%M}"
    if row.status == Approval.Status.REJECTED:
        text = _t("This was rejected already at %(at)s, by %(who)s. Nothing is left to do.")
    else:
        text = _t("This was approved already at %(at)s, by %(who)s. Nothing is left to do.")
    return text % {"at": when, "who": name_of(row.decided_by) if row.decided_by else _t("the staff")}
