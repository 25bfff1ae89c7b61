"""What waits for a person: things to do that are due, and callers who hung up before anybody spoke."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef

from calls.models import CallSession
from crm.follow_ups import of_user
from crm.models import Business, FollowUp
from crm.pages.follow_up_rows import Row, row_of
from crm.services import add_follow_up, finish_follow_up
from whatsapp.console import waiting_approvals
from whatsapp.finding import WAITS
from whatsapp.models import Conversation

SHOWN = 6
COUNTED_TO = 99
CALL_BACK = "לחזור למתקשר שניתק מיד"  # stored like the other reasons of `calls.owed`
_LOOKED_AT = 20
_Outcome = CallSession.Outcome


@dataclass(frozen=True)
class Waiting:
    """`count` is of the things to do that are due, up to `COUNTED_TO`; a larger one means more."""

    rows: list[Row]
    hung_up: list[CallSession]
    count: int
    conversations: list[Conversation]
    approvals: int

    @property
    def total(self) -> str:
        all_of_them = self.count + len(self.hung_up) + len(self.conversations) + self.approvals
        return f"{COUNTED_TO}+" if all_of_them > COUNTED_TO else str(all_of_them or "")


def waiting_for(user: User, *, is_owner: bool, midnight: datetime, now: datetime) -> Waiting:
    """Due until the end of the day; staff see their own and what is nobody's."""
    due = FollowUp.objects.filter(done_at=None, due_at__lt=midnight + timedelta(days=1))
    due = due if is_owner else due.filter(of_user(user))
    rows = due.select_related("lead", "assigned_to").order_by("due_at", "pk")[:SHOWN]
    talks = Conversation.objects.filter(WAITS).select_related("lead").order_by("-last_message_at")[:SHOWN]
    return Waiting(
        [row_of(row, now) for row in rows],
        _hung_up(midnight),
        due[: COUNTED_TO + 1].count(),
        list(talks),
        waiting_approvals(most=COUNTED_TO + 1),
    )


def _hung_up(midnight: datetime) -> list[CallSession]:
    """Of today, who can be called back, has not been seen to, and has not reached anybody since."""
    seen_to = FollowUp.objects.filter(call_sid=OuterRef("call_sid"))
    calls = CallSession.objects.filter(started_at__gte=midnight, from_browser=False)
    gone = list(
        calls.filter(outcome=_Outcome.ABANDONED, from_number__startswith="+")
        .exclude(Exists(seen_to))
        .select_related("lead")
        .defer("prompt")
        .order_by("-started_at")[:_LOOKED_AT]
    )
    talked = calls.filter(from_number__in=[call.from_number for call in gone]).exclude(outcome=_Outcome.ABANDONED)
    later = dict(talked.order_by("started_at").values_list("from_number", "started_at"))  # the last one stays
    latest: dict[str, CallSession] = {}
    for call in gone:  # newest first: of several attempts the last one is shown
        if call.from_number not in later or later[call.from_number] < call.started_at:
            latest.setdefault(call.from_number, call)
    return list(latest.values())


def seen_to(*, business: Business, call: CallSession, by: User, now: datetime) -> FollowUp:
    """Somebody saw to a caller who hung up. Kept as a thing to do that is done, so that it can be taken back."""
    follow_up = add_follow_up(
        business=business,
        lead=call.lead,
        reason=CALL_BACK,
        due_at=now,
        key=f"hung-up:{call.call_sid}",
        call_sid=call.call_sid,
    )
    finish_follow_up(follow_up=follow_up, by=by, now=now)
    return follow_up
