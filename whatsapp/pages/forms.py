"""What staff type into the inbox."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from whatsapp.desk import Enclosed
from whatsapp.limits import LARGEST_FILE
from whatsapp.reading import Writing
from whatsapp.sniffing import EXTENSIONS, kind_of
from whatsapp.text import clean_line

ACCEPTED = ",".join(EXTENSIONS.values())
LONGEST = 4000  # WhatsApp takes 4,096 characters, and a long word of the house may stand around them
LIMITS: dict[str, Any] = {"longest": LONGEST, "accepted": ACCEPTED}  # for the composer
_OBSTACLES = {
    "window": _("24 hours have passed since the last message. Only an approved template can be sent."),
    "opted_out": _("They asked for no more messages. Only what they ask for can be answered."),
}


class WordsForm(forms.Form):
    """A message to the customer, with a file or without words, or a note among the staff."""

    text = forms.CharField(
        required=False,
        max_length=LONGEST,
        strip=True,
        error_messages={
            "max_length": _("The message is too long: %(show_value)d characters, at most %(limit_value)d can be sent."),
        },
    )
    file = forms.FileField(required=False, allow_empty_file=True)
    key = forms.CharField(required=False, max_length=40)

    def __init__(self, data: Any = None, files: Any = None, *, writing: Writing | None = None, **kwargs: Any) -> None:
        """`writing`: of a message that goes out; notes go nowhere."""
        super().__init__(data, files, **kwargs)
        self._writing = writing
        self.enclosed: Enclosed | None = None

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is None:
            return None
        if self._writing is None:
            raise ValidationError(_("A file can go with a message to the customer only."))
        if file.size > LARGEST_FILE:
            raise ValidationError(_("The file is larger than 16 MB. A smaller one can be attached."))
        kind = kind_of(file, file.content_type or "")
        if kind is None or not file.size:
            raise ValidationError(
                _("A file of this kind is not sent. Pictures, sounds, films, PDF and office files are.")
            )
        self.enclosed = Enclosed(file, kind, clean_line(file.name, 200))
        return file

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("text") and self.enclosed is None and not self.errors:
            self.add_error("text", _("Nothing is written here yet."))
        if self._writing is not None and not self._writing.is_free:
            self.add_error("text", str(_OBSTACLES[self._writing.obstacle]))
        return values
