"""What staff fill in for a quote or a draft: lines with their prices, and what stands under them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm.amounts import Line, Totals, totals
from crm.models import SalesDocument
from crm.models.sales import VAT_PERCENT
from crm.sales import MOST_LINES, Content
from crm.words import one_line

EMPTY_ROWS = 3
MORE_ROWS = 5
LARGEST = 1_000_000  # shekels, of one price
_NUMBER = re.compile(r"\d{1,30}(?:\.\d*)?|\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_TEXT: dict[str, Any] = {"class": "field", "dir": "auto"}
_FIGURE: dict[str, Any] = {"class": "field", "dir": "ltr", "inputmode": "decimal", "autocomplete": "off"}


class Figure(forms.DecimalField):
    """A plain number as people type it: 1,180.50 or 80 ₪. A comma that parts no thousands is asked about."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs call it an integer's
        typed = one_line(str(value if value is not None else "")).replace("₪", "").strip()
        if typed.startswith("-"):
            raise ValidationError(_("It cannot be less than zero."))
        if typed and not (typed.isascii() and _NUMBER.fullmatch(typed)):
            raise ValidationError(_("Digits only, with a point before the agorot: 1180.50"))
        return super().to_python(typed.replace(",", ""))


class LineForm(forms.Form):
    """One line. All of it empty: none."""

    text = forms.CharField(
        label=gettext_lazy("What for"), max_length=200, required=False, widget=forms.TextInput(attrs=_TEXT)
    )
    quantity = Figure(
        label=gettext_lazy("Quantity"),
        min_value=Decimal("0.01"),
        max_value=1000,
        decimal_places=2,
        required=False,
        widget=forms.TextInput(attrs=_FIGURE | {"placeholder": "1"}),
    )
    unit = Figure(
        label=gettext_lazy("Price of one (₪)"),
        min_value=0,
        max_value=LARGEST,
        decimal_places=2,
        required=False,
        widget=forms.TextInput(attrs=_FIGURE),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for bound in self:
            if self.is_bound and bound.errors:
                bound.field.widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"{bound.auto_id}_error"}

    def clean_text(self) -> str:
        return one_line(self.cleaned_data["text"])

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if "text" in given and not given["text"] and (given.get("unit") is not None or given.get("quantity")):
            self.add_error("text", _("What is this for?"))
        elif given.get("text") and given.get("unit") is None and "unit" not in self.errors:
            self.add_error("unit", _("The price is missing."))
        return given

    @property
    def line(self) -> Line | None:
        """What was filled in, if it is whole and right."""
        given = self.cleaned_data if self.is_valid() else {}
        if not given.get("text"):
            return None
        return Line(given["text"], given["quantity"] or Decimal(1), int(given["unit"] * 100))


class Lines(BaseFormSet):  # type: ignore[type-arg]  # takes no parameter when it runs
    """Empty rows count for nothing; at least one has to be filled in."""

    def clean(self) -> None:
        if not any(self.errors) and not self.lines:
            raise ValidationError(_("At least one line is needed."))

    @property
    def lines(self) -> list[Line]:
        return [line for form in self.forms if (line := form.line) is not None]


LineSet = cast(
    type[Lines],
    formset_factory(
        LineForm, formset=Lines, extra=EMPTY_ROWS, max_num=MOST_LINES, absolute_max=MOST_LINES + 10, validate_max=True
    ),
)


class TermsForm(forms.Form):
    """What stands under the lines. `today` is the business's."""

    vat = forms.ChoiceField(
        label=gettext_lazy("VAT"),
        choices=[("in", gettext_lazy("Prices include VAT")), ("on_top", gettext_lazy("VAT is added to the prices"))],
        initial="in",
        widget=forms.RadioSelect,
    )
    vat_percent = Figure(
        label=gettext_lazy("VAT (%)"),
        min_value=0,
        max_value=50,
        decimal_places=1,
        initial=VAT_PERCENT,
        help_text=gettext_lazy("Exempt dealers write 0."),
        widget=forms.TextInput(attrs=_FIGURE),
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Valid until"),
        required=False,
        help_text=gettext_lazy("Optional"),
        widget=forms.DateInput(
            attrs={"class": "field", "dir": "ltr", "inputmode": "numeric", "placeholder": "24/12/2026"}
        ),
    )
    payment_link = forms.URLField(
        label=gettext_lazy("Payment link"),
        max_length=200,
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("Optional; a secure address (https)."),
        widget=forms.TextInput(
            attrs={"class": "field", "dir": "ltr", "inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    note = forms.CharField(
        label=pgettext_lazy("document", "Note to the customer"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Optional; printed under the sums."),
        widget=forms.Textarea(attrs=_TEXT | {"rows": 3}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, auto_id="terms_%s", **kwargs)
        self._today = today
        self.fields["valid_until"].error_messages["invalid"] = _("Write the date as day/month/year.")
        for bound in self:
            described = [f"{bound.auto_id}_help"] if bound.help_text else []
            if self.is_bound and bound.errors:
                described.append(f"{bound.auto_id}_error")
                bound.field.widget.attrs["aria-invalid"] = "true"
            if described and bound.name != "vat":
                bound.field.widget.attrs["aria-describedby"] = " ".join(described)

    def clean_payment_link(self) -> str:
        link: str = self.cleaned_data["payment_link"]
        if link:
            URLValidator(schemes=["https"], message=_("Only a secure address (https) is accepted."))(link)
        return link

    def clean_valid_until(self) -> date | None:
        day: date | None = self.cleaned_data["valid_until"]
        if day and day < self._today:
            raise ValidationError(_("This day has passed."))
        return day

    def content(self, lines: list[Line]) -> Content:
        given = self.cleaned_data
        return Content(
            lines=lines,
            note=given["note"],
            payment_link=given["payment_link"],
            valid_until=given["valid_until"],
            includes_vat=given["vat"] == "in",
            vat_percent=given["vat_percent"],
        )

    def totals(self, lines: list[Line]) -> Totals | None:
        """The sums, as far as what was filled in is right; None where the VAT is not."""
        self.is_valid()
        percent, vat = self.cleaned_data.get("vat_percent"), self.cleaned_data.get("vat")
        return None if percent is None or not vat else totals(lines, vat_percent=percent, includes_vat=vat == "in")


class NewForm(forms.Form):
    """What kind of document a new one is. `key`: sent twice, it is made once."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=SalesDocument.Kind.choices,
        initial=SalesDocument.Kind.QUOTE,
        widget=forms.RadioSelect,
    )
    key = forms.RegexField(r"[\w-]{8,40}", widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, widget=forms.TextInput(attrs=_TEXT | {"autocomplete": "off"})
    )

    def clean_reason(self) -> str:
        reason = one_line(self.cleaned_data["reason"])
        if not reason:
            raise ValidationError(_("A word on the reason is needed."))
        return reason


class NameForm(forms.Form):
    """The customer's name typed once more, before what cannot be changed afterwards."""

    name = forms.CharField(
        max_length=200, required=False, widget=forms.TextInput(attrs=_TEXT | {"autocomplete": "off"})
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, wanted: str) -> None:
        super().__init__(data)
        self._wanted = wanted

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if _bare(name) != _bare(self._wanted):
            raise ValidationError(_("This is not the name that is asked for."))
        return name


def _bare(name: str) -> str:
    return "".join(one_line(name).split()).casefold()


def initial_terms(document: SalesDocument) -> dict[str, Any]:
    return {
        "vat": "in" if document.includes_vat else "on_top",
        "vat_percent": plain(document.vat_percent),
        "valid_until": document.valid_until,
        "payment_link": document.payment_link,
        "note": document.note,
    }


def initial_lines(document: SalesDocument) -> list[dict[str, Any]]:
    return [
        {"text": line.text, "quantity": plain(line.quantity), "unit": plain(Decimal(line.unit) / 100)}
        for line in document.rows
    ]


def plain(number: Decimal) -> str:
    """18, not 18.0; never 1E+2."""
    return f"{number.normalize():f}"
