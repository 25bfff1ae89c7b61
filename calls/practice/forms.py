"""What is to be tried in a practice call, as the page asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from booking.models import Weekday
from booking.policy import BusinessPolicy, Hours, Window, instant_of
from calls.models import PromptVersion
from calls.practice.services import Wanted
from calls.practice.week import Unreadable, overlapping_days, read_day, written
from crm.limits import YEARS
from crm.models import Business

MOMENT = "%d/%m/%Y %H:%M"
LONGEST_DAY = 80
_WHY = {
    "words": _("%(day)s: the hours are written as 10:00–20:00, several with a comma between them; empty is closed."),
    "order": _("%(day)s: the closing time is not after the opening time."),
    "overlap": _("%(day)s: two windows overlap. They can be merged, or an hour changed."),
}
LTR = {"class": "field", "dir": "ltr", "autocomplete": "off"}


class VersionField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    def label_from_instance(self, obj: Any) -> str:
        when = timezone.localtime(obj.created_at)
        return _now("Draft %(number)d of %(when)s") % {"number": obj.number, "when": f"{when:%d/%m %H:%M}"}


class TrialForm(forms.Form):
    """Everything may be left as it is: then the call is like a customer's now."""

    version = VersionField(label=_("instructions"), queryset=PromptVersion.objects.none(), required=False)
    hours = forms.ChoiceField(
        label=_("hours"), choices=[("live", _("The hours in force")), ("draft", _("Other hours"))], initial="live"
    )
    moment = forms.CharField(
        label=_("time in the call"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs=LTR | {"placeholder": "24/11/2026 11:40"}),
    )

    def __init__(self, *args: Any, business: Business, policy: BusinessPolicy, live_number: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._business = business
        drafts = PromptVersion.objects.filter(status=PromptVersion.Status.DRAFT).order_by("-number")
        version = self.fields["version"]
        assert isinstance(version, forms.ModelChoiceField)
        version.queryset = drafts
        version.empty_label = _now("The version in force (%(number)d)") % {"number": live_number}
        for name in ("version", "hours"):
            self.fields[name].widget.attrs["class"] = "field"
        week = written(policy)
        for day in Weekday:
            self.fields[f"day_{day.value}"] = forms.CharField(
                label=day.label,
                required=False,
                initial=week[day.value],
                max_length=LONGEST_DAY,
                widget=forms.TextInput(attrs=LTR),
            )

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[f"day_{day.value}"] for day in Weekday]

    def clean_moment(self) -> datetime | None:
        """The instant of a local time; None is the time as it is."""
        typed = " ".join(str(self.cleaned_data["moment"]).split())
        if not typed:
            return None
        try:
            local = datetime.strptime(typed, MOMENT)  # noqa: DTZ007  # local by nature
        except ValueError:
            local = None
        if local is None or local.year not in YEARS:
            raise forms.ValidationError(_("Time in the call: a date and an hour, such as 24/11/2026 11:40."))
        instant = instant_of(local, self._business.timezone)
        if instant is None:
            raise forms.ValidationError(_("Time in the call: the clock skips this hour on that day."))
        return instant

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        given["week"] = self._week() if given.get("hours") == "draft" else None
        return given

    def _week(self) -> Hours:
        week: dict[int, tuple[Window, ...]] = {}
        for day in Weekday:
            try:
                week[day.value] = read_day(self.cleaned_data.get(f"day_{day.value}", ""))
            except Unreadable as unreadable:
                self._wrong(day, unreadable.why)
        for number in overlapping_days(week):
            self._wrong(Weekday(number), "overlap")
        return week

    def _wrong(self, day: Weekday, why: str) -> None:
        self.add_error(f"day_{day.value}", str(_WHY[why]) % {"day": day.label})

    @property
    def wanted(self) -> Wanted:
        given = self.cleaned_data
        return Wanted(version=given["version"], hours=given["week"], moment=given["moment"])
