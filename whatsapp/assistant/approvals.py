"""People decide what the assistant may not do alone. The first decision counts; each is one conditional update."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from pydantic import ValidationError

from crm.tenancy import for_everyone
from whatsapp import live
from whatsapp.assistant.actor import decides_money, works_in
from whatsapp.assistant.tools import registry
from whatsapp.models import Approval

Status = Approval.Status


class BadArguments(ValueError):
    """The changed arguments do not fit the tool; `fields` tells why, by name."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("arguments that do not fit")
        self.fields = dict(fields)


def owners_only(approval: Approval) -> bool:
    """Only owners decide what costs money, and what is not known any more."""
    tool = registry.tool(approval.tool)
    return tool is None or tool.costs_money


def may_decide(approval: Approval, user: User) -> bool:
    """Whoever works in the business; of what costs money, its owners."""
    if owners_only(approval):
        return decides_money(approval.business, user)
    return works_in(approval.business, user)


def approve(*, approval: Approval, by: User, now: datetime) -> bool:
    """Let it be done as it stands. False: somebody was faster, or it is too late."""
    return _decide(approval, by, now, status=Status.APPROVED)


def edit(*, approval: Approval, by: User, arguments: Mapping[str, Any], now: datetime) -> bool:
    """Let it be done with these arguments. Raises BadArguments."""
    tool = registry.tool(approval.tool)
    if tool is None:
        raise BadArguments({})
    try:
        changed = tool.read(dict(arguments)).model_dump()
    except ValidationError as error:
        raise BadArguments({str(each["loc"][0]): each["msg"] for each in error.errors() if each["loc"]}) from error
    return _decide(approval, by, now, status=Status.EDITED, edited=changed)


def reject(*, approval: Approval, by: User, reason: str, now: datetime) -> bool:
    """Do not let it be done; the assistant learns why."""
    return _decide(approval, by, now, status=Status.REJECTED, reason=reason[:300])


def expire_overdue(now: datetime, limit: int = 50) -> int:
    """Nobody decided in time; the runs go on without. How many. Over all businesses."""
    with for_everyone("a sweep over all businesses"), transaction.atomic():
        rows = Approval.objects.select_for_update(skip_locked=True).filter(status=Status.WAITING, expires_at__lte=now)
        overdue = list(rows.order_by("pk")[:limit])
        for approval in overdue:
            Approval.objects.filter(pk=approval.pk).update(status=Status.EXPIRED, decided_at=now)
            _told(approval)
    return len(overdue)


def _decide(approval: Approval, by: User, now: datetime, **changes: Any) -> bool:
    if not may_decide(approval, by):
        raise PermissionDenied
    with transaction.atomic():
        rows = Approval.objects.filter(pk=approval.pk, status=Status.WAITING, expires_at__gt=now)
        if not rows.update(decided_at=now, decided_by=by, **changes):
            return False
        approval.refresh_from_db()
        _told(approval)
    return True


def _told(approval: Approval) -> None:
    run = approval.run
    live.announce(approval.business_id, conversation=run.conversation_id, run=run.pk)
    if not Approval.objects.filter(run=run, status=Status.WAITING).exists():
        queue_resume(approval.business_id, run.pk)


def queue_resume(business_id: int, run_id: int) -> None:
    """Once the transaction is committed. A broker that is down costs nothing: the sweep finds the run."""
    from whatsapp.tasks import resume_run  # noqa: PLC0415 -- tasks do what stands here

    transaction.on_commit(partial(resume_run.delay, business_id, run_id), robust=True)
