"""What staff fill in for something to do: why, until when, for whom, and who sees to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lead_search import matching
from crm.lead_services import members_of, owner_of_phone
from crm.models import Business, FollowUp, Lead
from crm.names import name_of
from crm.phones import national, normalize_phone

NEXT_DAY_HOUR = 10
MET_LAST = F("last_contact_at").desc(nulls_last=True)
_FURTHEST_DAYS = 3 * 366
_OFFERED = 6  # people to choose from, where what was typed fits several
_NUMBER_AT_END = re.compile(r"\+?\d[\d\s()./\-]{5,}$")


_DIGITS = {"class": "field", "dir": "ltr", "inputmode": "numeric"}
_DATE: dict[str, Any] = _DIGITS | {"placeholder": "24/11/2026", "aria-label": _("date")}
_HOUR: dict[str, Any] = _DIGITS | {"placeholder": "12:30", "aria-label": _("hour")}


class _Member(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic when it runs
    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


class FollowUpForm(forms.Form):
    """Reason, time and member; the person is chosen only when it is new."""

    reason = forms.CharField(
        label=_("What is to be done"), max_length=200, widget=forms.TextInput(attrs={"class": "field", "dir": "auto"})
    )
    when = forms.ChoiceField(
        label=_("Until when"),
        choices=[
            ("hour", _("in an hour")),
            ("tomorrow", _("tomorrow")),
            ("week", _("in a week")),
            ("other", _("another time")),
        ],
        widget=forms.RadioSelect,
        initial="tomorrow",
    )
    due = forms.SplitDateTimeField(
        label=_("Date and hour"),
        required=False,
        widget=forms.SplitDateTimeWidget(
            date_attrs=_DATE,
            time_attrs=_HOUR,
            time_format="%H:%M",
        ),
        error_messages={
            "invalid_date": _("Write the date as day/month/year."),
            "invalid_time": _("Write the hour as 12:30."),
        },
    )
    to = _Member(
        label=_("assigned to"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("nobody yet"),
        widget=forms.Select(attrs={"class": "field"}),
        error_messages={"invalid_choice": _("It can be given to members of the business only.")},
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, business: Business, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(data, auto_id="follow_up_%s", **kwargs)
        self._now = now
        self.fields["to"].queryset = members_of(business)  # type: ignore[attr-defined]  # ModelChoiceField's

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        when = found.get("when")
        if when == "other" and not found.get("due") and "due" not in self.errors:
            self.add_error("due", _("Write a date and an hour, or choose one of the times above."))
        elif when and when != "other":
            self.errors.pop("due", None)  # nobody asked for what stands there
            found["due"] = due_at(when, self._now)
        if (due := found.get("due")) and abs((due - self._now).days) > _FURTHEST_DAYS:
            self.add_error("due", _("This date is years away. Is the year right?"))
        return found


class NewFollowUpForm(FollowUpForm):
    """`person`: a name or a number, whatever staff know. Where several fit, they are offered as choices."""

    person = forms.CharField(
        label=_("customer"),
        required=False,
        max_length=160,
        widget=forms.TextInput(
            attrs={"class": "field", "dir": "auto", "autocomplete": "off", "list": "follow-up-people"}
        ),
        help_text=_("A name or a phone number. May stay empty."),
    )
    lead = forms.IntegerField(required=False, widget=forms.HiddenInput)  # whom `person` began with
    choice = forms.IntegerField(required=False)  # one of those who were offered
    call = forms.RegexField(r"^[A-Za-z0-9]{1,64}$", required=False, widget=forms.HiddenInput)
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    offered: list[Lead]
    field_order = ["reason", "person", "when", "due", "to"]

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        self.offered = []
        found["person"] = self._person(str(found.get("person") or "").strip(), found.get("choice"), found.get("lead"))
        return found

    def _person(self, typed: str, choice: int | None, first: int | None) -> Lead | None:
        if choice and (chosen := Lead.objects.filter(pk=choice).first()):
            return chosen
        if first and (lead := Lead.objects.filter(pk=first).first()) and written(lead) == typed:
            return lead
        if not typed:
            return None
        if (number := _NUMBER_AT_END.search(typed)) and (lead := owner_of_phone(normalize_phone(number[0]) or "")):
            return lead
        fitting = list(Lead.objects.filter(name__iexact=typed)[: _OFFERED + 1])
        fitting = fitting or list(Lead.objects.filter(matching(typed)).order_by(MET_LAST)[: _OFFERED + 1])
        if len(fitting) == 1:
            return fitting[0]
        self.offered = fitting[:_OFFERED]
        text = (
            _("Several customers fit. Which one is it?")
            if fitting
            else _("No customer fits. The field may stay empty.")
        )
        self.add_error("person", text)
        return None


def due_at(when: str, now: datetime) -> datetime:
    """The moment that a choice means; days begin at ten, when somebody is there."""
    if when == "hour":
        return now + timedelta(hours=1)
    days = 1 if when == "tomorrow" else 7
    local = timezone.localtime(now).replace(tzinfo=None, hour=NEXT_DAY_HOUR, minute=0, second=0, microsecond=0)
    return timezone.make_aware(local + timedelta(days=days))


def written(lead: Lead) -> str:
    """How a person stands in the field, so that it is understood again."""
    return " ".join(filter(None, [lead.name, national(lead.phone) if lead.phone else ""]))


def initial_of(row: FollowUp) -> dict[str, Any]:
    return {"reason": row.reason, "when": "other", "due": row.due_at, "to": row.assigned_to_id}
