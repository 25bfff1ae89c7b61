"""What the assistant said that was not so: counted, and shown to a person where the caller heard it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from calls.models import CallSession
from crm.models import Business, FollowUp, Lead
from crm.services import add_follow_up
from crm.tenancy import for_business

LOOK_WITHIN = timedelta(hours=2)
FALSE_CLAIM = "false-claim"  # first word of the keys of what is owed about them
_ABOUT = {
    "booked": "קביעת תור",
    "moved": "העברת תור",
    "cancelled": "ביטול תור",
    "sent": "שליחת הודעה",
    "free": "זמן פנוי",
    "price": "מחיר",
    "hours": "שעות פתיחה",
}


def note_false_claim(*, business: Business, call_sid: str, kind: str, heard: bool, now: datetime) -> None:
    """Count it on the call. What the caller heard was corrected in the call, as far as they stayed; a person checks."""
    with for_business(business), transaction.atomic():
        call = CallSession.objects.filter(call_sid=call_sid)
        call.update(false_claims=F("false_claims") + 1)
        if heard and not call.filter(from_browser=True).exists():  # whoever practises has seen it
            about = _ABOUT.get(kind, "פרטים")
            add_follow_up(
                business=business,
                lead=None,  # the call's wrap-up knows whose call it was
                reason=f"בשיחה נאמר דבר לא מדויק ({about}). כדאי לוודא שהלקוח יודע מה נכון.",
                due_at=now + LOOK_WITHIN,
                key=f"{_key(call_sid)}:{kind}",
                call_sid=call_sid,
            )


def follow_ups_belong_to(call_sid: str, lead: Lead) -> None:
    """The caller is known now. Within the business's scope."""
    FollowUp.objects.filter(key__startswith=f"{_key(call_sid)}:", lead=None).update(lead=lead)


def _key(call_sid: str) -> str:
    return f"{FALSE_CLAIM}:{call_sid}"
