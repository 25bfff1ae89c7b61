"""The list of quotes and drafts: what waits for a decision stands on top."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import QueryDict

from crm.models import Lead, SalesDocument

PAGE = 50
_Status = SalesDocument.Status
STATES: dict[str, Q] = {
    "waiting": Q(status=_Status.WAITING),
    "approved": Q(status=_Status.APPROVED),
    "sent": Q(status=_Status.SENT),
    "closed": Q(status__in=(_Status.REJECTED, _Status.VOID)),
}
TONES = {
    _Status.WAITING: "warn",
    _Status.APPROVED: "ok",
    _Status.SENT: "ok",
    _Status.REJECTED: "hollow",
    _Status.VOID: "hollow",
}
_WAITING, _DECIDED = "w", "d"  # how the place begins at which a page ended


@dataclass(frozen=True)
class Listing:
    """One page; `after` is where the next one begins, empty at the end."""

    rows: list[tuple[SalesDocument, str]]
    after: str
    state: str
    kind: str
    lead: Lead | None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.state or self.kind or self.lead)


def listing_of(asked: QueryDict) -> Listing:
    """Two queries at most: those that wait, then the others, each with the newest first."""
    state = asked.get("state", "") if asked.get("state", "") in STATES else ""
    kind = asked.get("kind", "") if asked.get("kind", "") in SalesDocument.Kind.values else ""
    lead = lead_named(asked.get("lead", ""))
    wanted = STATES.get(state, Q())
    wanted &= Q(kind=kind) if kind else Q()
    wanted &= Q(lead=lead) if lead else Q()
    found = _page(SalesDocument.objects.filter(wanted).select_related("lead"), asked.get("after", ""))
    last = found[PAGE - 1] if len(found) > PAGE else None
    after = f"{_WAITING if last.status == _Status.WAITING else _DECIDED}{last.pk}" if last else ""
    return Listing([(row, TONES[_Status(row.status)]) for row in found[:PAGE]], after, state, kind, lead)


def lead_named(asked: str) -> Lead | None:
    """The customer that an address names, if it is one of this business."""
    is_id = asked.isascii() and asked.isdecimal() and len(asked) < 18
    return Lead.objects.filter(pk=asked).first() if is_id else None


def _page(rows: QuerySet[SalesDocument], after: str) -> list[SalesDocument]:
    """One more than a page has, to know whether there is another one."""
    part, pk = after[:1], after[1:]
    is_place = part in (_WAITING, _DECIDED) and pk.isascii() and pk.isdecimal() and len(pk) < 18
    behind = Q(pk__lt=int(pk)) if is_place else Q()
    found: list[SalesDocument] = []
    if not is_place or part == _WAITING:
        found = list(rows.filter(behind, status=_Status.WAITING).order_by("-pk")[: PAGE + 1])
        behind = Q()
    if len(found) <= PAGE:
        found += rows.filter(behind).exclude(status=_Status.WAITING).order_by("-pk")[: PAGE + 1 - len(found)]
    return found
