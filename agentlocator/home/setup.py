"""The five steps from a new business to one that answers; each one's state is what the database says."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.facts import Facts
from crm.models import Business


@dataclass(frozen=True)
class Step:
    key: str  # hours services number practice live
    title: str | Promise
    why: str | Promise
    minutes: int
    address: str
    is_done: bool


@dataclass(frozen=True)
class Setup:
    steps: list[Step]

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def is_complete(self) -> bool:
        return self.done == len(self.steps)

    @property
    def next_key(self) -> str:
        return next((step.key for step in self.steps if not step.is_done), "")


def setup_of(business: Business, *, facts: Facts, numbers: list[str], was_called: bool, is_known: bool) -> Setup:
    """From facts that the page has loaded anyway.

    `was_called`: the assistant has talked with somebody; `is_known`: with somebody who dialled its number, so that a
    business which pauses is not new again.
    """
    settings = reverse("admin:crm_business_change", args=[business.pk])
    sources = facts.policy.sources
    has_hours = sources["hours"] != "default" or facts.policy.allow_24_7
    return Setup(
        [
            Step("hours", _("Opening hours"), _("When may people book?"), 2, reverse("week:index"), has_hours),
            Step(
                "services",
                _("Services"),
                _("What is done, how long it takes and what it costs"),
                3,
                reverse("admin:booking_service_changelist"),
                bool(facts.services),
            ),
            Step(
                "number",
                _("Phone number"),
                _("Which number does the assistant answer?"),
                5,
                f"{settings}#phoneline",
                bool(numbers),
            ),
            Step(
                "practice",
                _("Practice call"),
                _("How will it sound to customers?"),
                3,
                reverse("practice:index"),
                was_called,
            ),
            Step(
                "live",
                _("Go live"),
                _("From then on the assistant answers"),
                1,
                reverse("go_live"),
                (business.is_active or is_known) and bool(numbers),
            ),
        ]
    )
