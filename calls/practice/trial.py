"""What a practice call tries, as the media side and the desk need it: another time of day, another week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from booking.policy import BusinessPolicy, Hours
from booking.rules import read_week
from calls.models import CallSession, PracticeCall

LONGEST_TRIAL_MIN = 30  # whatever real calls may last; a sweep takes what is older for lost
FROM_SETTINGS = {"hours": "settings", "allow_24_7": "settings"}  # where hours on trial would stand if they were saved


@dataclass(frozen=True)
class Trial:
    """`shift`: how far the call's own time is from the real one; `hours`: a week on trial, None: the one in force."""

    shift: timedelta = timedelta(0)
    hours: Hours | None = None

    def moment(self, real: datetime) -> datetime:
        """What the call takes for now."""
        return real + self.shift

    def applied_to(self, policy: BusinessPolicy) -> BusinessPolicy:
        """The rules of the call: the business's own, but for the week on trial."""
        if self.hours is None:
            return policy
        return replace(policy, hours=self.hours, allow_24_7=False, sources=dict(policy.sources) | FROM_SETTINGS)


def trial_of(call: CallSession) -> Trial | None:
    """None for calls that come by a carrier. Within the business's scope."""
    if not call.from_browser:
        return None
    row = PracticeCall.objects.filter(call=call).first()
    if row is None:
        return Trial()
    return Trial(timedelta(seconds=row.shift_s), None if row.hours is None else read_week(row.hours))
