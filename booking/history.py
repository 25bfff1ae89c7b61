"""What happened to an appointment, kept for good: who, when, through which medium, against which rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from booking import wording
from booking.models import Appointment, AppointmentChange
from booking.results import Slot
from crm import outbox
from crm.models import Business, Medium, Membership, Role
from crm.services import record_activity


@dataclass(frozen=True, slots=True)
class Override:
    """The owner's word against a rule of the business. Never against a time that is taken."""

    reason: str


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something: the medium, the signed-in person if there is one, and an override if they use it."""

    medium: Medium | str
    user: User | None = None
    override: Override | None = None

    @property
    def is_staff(self) -> bool:
        """A person of the business, at its screen; everyone else acts for a customer."""
        return self.medium == Medium.STAFF

    def may_override(self, business: Business) -> bool:
        """Only an owner may, if they ask for it and say why."""
        if self.override is None or self.user is None or not self.override.reason.strip():
            return False
        owners = Membership.objects.filter(business=business, user=self.user, role=Role.OWNER)
        return self.user.is_superuser or owners.exists()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an appointment stands in the calendar."""

    starts_at: datetime
    ends_at: datetime
    resource_id: int

    @classmethod
    def of(cls, row: Appointment) -> Place:
        return cls(row.starts_at, row.ends_at, row.resource_id)


def record_change(
    appointment: Appointment,
    kind: AppointmentChange.Kind,
    *,
    author: Author,
    slot: Slot,
    now: datetime,
    before: Place | None = None,
    overrode: str = "",
) -> None:
    """The change, the customer's timeline and the news for the apps above, in the transaction of the change.

    `slot` is the appointment's time after it; `before` where it stood, if it stands elsewhere now; `overrode` what an
    override went against.
    """
    moved = {}
    if before is not None:
        moved = {
            "old_starts_at": before.starts_at,
            "old_ends_at": before.ends_at,
            "old_resource_id": before.resource_id,
            "new_ends_at": appointment.ends_at,
            "new_resource_id": appointment.resource_id,
        }
    change = AppointmentChange.objects.create(
        business_id=appointment.business_id,
        appointment=appointment,
        kind=kind,
        medium=author.medium,
        by=author.user,
        at=now,
        new_starts_at=slot.start,
        new_note=appointment.note if kind == AppointmentChange.Kind.CREATED else "",
        overrode=overrode,
        reason=author.override.reason[:200] if overrode and author.override else "",
        **moved,
    )
    _tell_of(change, appointment, start=slot.start)
    outbox.publish(
        business=appointment.business,
        name=f"appointment.{kind}",
        payload={"appointment_id": appointment.pk, "medium": author.medium, "call_sid": appointment.call_sid}
        | slot.as_dict(),
    )


def record_note(appointment: Appointment, *, before: str, author: Author, start: datetime, now: datetime) -> None:
    """Other words of the staff about an appointment. No news for the apps above: no customer hears of them.

    `start` is its time by the clock of the business.
    """
    change = AppointmentChange.objects.create(
        business_id=appointment.business_id,
        appointment=appointment,
        kind=AppointmentChange.Kind.NOTED,
        medium=author.medium,
        by=author.user,
        at=now,
        new_starts_at=appointment.starts_at,
        old_note=before,
        new_note=appointment.note,
    )
    _tell_of(change, appointment, start=start)


def _tell_of(change: AppointmentChange, appointment: Appointment, *, start: datetime) -> None:
    """The change in the customer's timeline, whose card shows the rest of it."""
    service = appointment.service.name if appointment.service else ""
    assert appointment.lead is not None  # only holds have none, and they have no history
    kind = f"appointment.{change.kind}"
    record_activity(
        lead=appointment.lead,
        kind=kind,
        medium=change.medium,
        text=wording.timeline(change.kind, start, service=service),
        occurred_at=change.at,
        key=f"{kind}:{change.pk}",
        by=change.by,
    )
