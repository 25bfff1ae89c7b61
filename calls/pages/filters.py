"""The filters of the list of calls as they stand in its address, and as words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from calls.call_page import ENDINGS
from calls.finding import Wanted
from calls.models import CallSession, PromptVersion
from crm.limits import YEARS
from crm.models import Lead
from crm.templatetags.isolates import isolate

SEGMENTS: dict[str, str | Promise] = {
    "": pgettext_lazy("calls", "All"),
    "attention": gettext_lazy("Need attention"),
    "booked": gettext_lazy("appointment booked"),
    "unanswered": gettext_lazy("No answer"),
}
PERIODS: dict[str, str | Promise] = {
    "today": gettext_lazy("Today"),
    "week": gettext_lazy("Last 7 days"),
    "month": gettext_lazy("Last 30 days"),
}
_PERIOD_DAYS = {"today": 1, "week": 7, "month": 30}
DAY_FORMATS = ["%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%Y-%m-%d"]
LONGEST_TERM = 100
LARGEST_KEY = 2**62
# What the address keeps beside `q`.
STATE = ("show", "period", "outcome", "ending", "person", "version", "practice", "from", "to")


def endings() -> list[tuple[str, str]]:
    """Each way in which calls end, once: what the address says and what people read."""
    return [(words, _(words)) for words in dict.fromkeys(ENDINGS.values())]


class FilterForm(forms.Form):
    """What stands behind the `?`. What is no choice is refused; what is out of reach finds nothing."""

    q = forms.CharField(required=False, max_length=LONGEST_TERM, label=gettext_lazy("Search"))
    show = forms.ChoiceField(required=False, choices=[*SEGMENTS.items()])
    period = forms.ChoiceField(required=False, choices=[("", ""), *PERIODS.items()])
    outcome = forms.ChoiceField(
        required=False, choices=[("", ""), *CallSession.Outcome.choices], label=gettext_lazy("outcome")
    )
    ending = forms.ChoiceField(required=False, label=gettext_lazy("how it ended"))
    person = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_KEY)
    version = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_KEY)
    practice = forms.ChoiceField(required=False, choices=[("", ""), ("1", ""), ("0", "")])

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        ending = self.fields["ending"]
        assert isinstance(ending, forms.ChoiceField)
        ending.choices = [("", _("however")), *endings()]
        for name, label in (("from", pgettext("day", "From")), ("to", pgettext("day", "Up to"))):
            self.fields[name] = forms.DateField(
                required=False,
                label=label,
                input_formats=DAY_FORMATS,
                widget=forms.DateInput(
                    format="%d/%m/%Y",
                    attrs={"class": "field", "dir": "ltr", "inputmode": "numeric", "placeholder": _("dd/mm/yyyy")},
                ),
                error_messages={"invalid": _("A date is written like 24/11/2026.")},
            )
        self.fields["ending"].widget.attrs["class"] = "field"

    def clean_q(self) -> str:
        return " ".join("".join(sign for sign in str(self.cleaned_data["q"]) if sign.isprintable()).split())

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        first, last = values.get("from"), values.get("to")
        for name, day in (("from", first), ("to", last)):
            if day and day.year not in YEARS:
                self.add_error(name, _("There were no calls in that year."))
        if first and last and last < first:
            self.add_error("to", _("The last day is before the first one."))
        return values


@dataclass(frozen=True)
class Filters:
    """The address as it was understood. A wrong field is left out, and its error stands beside it."""

    form: FilterForm
    values: dict[str, Any]
    lead: Lead | None = None
    version: PromptVersion | None = None

    @property
    def term(self) -> str:
        return str(self.values.get("q") or "")

    @property
    def segment(self) -> str:
        return str(self.values.get("show") or "")

    @property
    def period(self) -> str:
        return "" if self.days != (None, None) else str(self.values.get("period") or "")

    @property
    def days(self) -> tuple[date | None, date | None]:
        return self.values.get("from"), self.values.get("to")

    @property
    def with_practice(self) -> bool:
        """In practice mode every call is practice, so that hiding them would hide all."""
        asked = self.values.get("practice")
        return settings.PRACTICE_MODE if not asked else asked == "1"

    @property
    def is_narrow(self) -> bool:
        """Something is set beside the segment: an empty list is no news then."""
        return any(self.values.get(name) for name in ("q", "period", "outcome", "ending", "person", "version")) or any(
            self.days
        )

    @property
    def is_set(self) -> bool:
        return self.is_narrow or bool(self.segment)

    @property
    def can_be_counted(self) -> bool:
        """Quickly, however many calls there are."""
        return not self.term and not self.values.get("ending")

    def wanted(self, *, segment: str | None = None) -> Wanted:
        since, until = self._span()
        values = self.values
        return Wanted(
            segment=self.segment if segment is None else segment,
            since=since,
            until=until,
            outcome=values.get("outcome") or "",
            ending=values.get("ending") or "",
            lead_id=values.get("person"),
            version_id=values.get("version"),
            with_practice=self.with_practice,
            term=self.term,
        )

    def _span(self) -> tuple[datetime | None, datetime | None]:
        first, last = self.days
        if self.period:
            first = timezone.localdate() - timedelta(days=_PERIOD_DAYS[self.period] - 1)
        return (
            midnight(first) if first else None,
            midnight(last + timedelta(days=1)) if last else None,
        )

    def words(self) -> Iterator[str | SafeString]:
        """What is set, one by one, for whoever exports or finds nothing."""
        if self.term:
            yield format_html("“<bdi>{}</bdi>”", self.term)
        if self.segment:
            yield str(SEGMENTS[self.segment])
        if self.period:
            yield str(PERIODS[self.period])
        first, last = self.days
        if first:
            yield format_html(_("from {}"), isolate(f"{first:%d/%m/%Y}"))
        if last:
            yield format_html(_("up to {}"), isolate(f"{last:%d/%m/%Y}"))
        if outcome := self.values.get("outcome"):
            yield str(CallSession.Outcome(outcome).label)
        if ending := self.values.get("ending"):
            yield _(ending)
        if self.lead is not None:
            yield format_html("<bdi>{}</bdi>", self.lead)
        if self.version is not None:
            yield _("Version {number}").format(number=self.version.number)


def midnight(day: date) -> datetime:
    """When the day begins where the business is."""
    return timezone.make_aware(datetime.combine(day, time(0)))


def read(query: QueryDict) -> Filters:
    """Of an address; the person and the version are those of the business, or nobody's."""
    form = FilterForm(query)
    form.is_valid()
    values = dict(form.cleaned_data)
    person, version = values.get("person"), values.get("version")
    lead = Lead.objects.filter(Q(pk=person)).first() if person else None
    told = PromptVersion.objects.defer("text").filter(Q(pk=version)).first() if version else None
    if person and lead is None:
        values["person"] = 0  # of nobody: there are no calls
    if version and told is None:
        values["version"] = 0
    return Filters(form, values, lead, told)
