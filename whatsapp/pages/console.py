"""The console: what the assistant did on its own, step by step, and what waits for somebody's yes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from crm.models import BusinessSettings
from crm.roles import is_owner, member_required
from whatsapp import console
from whatsapp.assistant import approvals
from whatsapp.models import AgentRun, Approval


@member_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What waits, and the runs. By HTMX the next rows (`before`), or both as they are now (`part`)."""
    if _is_part(request):
        part = "live" if request.GET.get("part") == "live" else "rows"
        context = _listed(request) | (_waiting(request) if part == "live" else {})
        return render(request, f"console/index.html#{part}", context)
    return _varied(render(request, "console/index.html", _listed(request) | _waiting(request)))


@member_required
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run with every step; of a replay, beside the run that it tries again."""
    row = run_of(pk)
    if _is_part(request) and request.GET.get("part") == "run":
        return render(request, "console/index.html#run", run_context(request, row))
    return run_page(request, row)


@member_required
@require_safe
def approval(request: HttpRequest, pk: int) -> HttpResponse:
    """One thing that waits, or what became of it."""
    row = approval_of(pk)
    return render(request, "console/approval.html", approval_context(request, row))


def run_of(pk: int) -> AgentRun:
    """One of the current business. Raises Http404."""
    rows = AgentRun.objects.select_related("conversation__lead", "conversation__business", "replay_of").defer("state")
    return get_object_or_404(rows, pk=pk)


def approval_of(pk: int) -> Approval:
    rows = Approval.objects.select_related("run__conversation__lead", "run__conversation__business", "decided_by")
    return get_object_or_404(rows, pk=pk)


def _is_part(request: HttpRequest) -> bool:
    htmx: Any = request.htmx  # type: ignore[attr-defined]  # set by django-htmx
    return bool(htmx) and not htmx.history_restore_request


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ("HX-Request",))
    return response


def run_page(request: HttpRequest, row: AgentRun, *, status: int = 200, **changes: Any) -> HttpResponse:
    context = run_context(request, row) | _listed(request) | changes
    return _varied(render(request, "console/index.html", context, status=status))


# --- what stands on the page -----------------------------------------------------------------------------
def run_context(request: HttpRequest, row: AgentRun) -> dict[str, Any]:
    chosen = console.whole(row)
    first = console.whole(row.replay_of) if row.replay_of else None
    waiting = row.approvals.filter(status=Approval.Status.WAITING).select_related("run__conversation__lead")
    decided = row.approvals.exclude(status=Approval.Status.WAITING).select_related("decided_by").order_by("pk")
    may_replay = is_owner(request) and row.replay_of_id is None and row.message_id is not None
    settings_row = BusinessSettings.objects.filter(business=row.business_id).only("ai_prompt_whatsapp").first()
    return {
        "chosen": chosen,
        "first": first,
        "approvals": _shown(request, list(waiting.order_by("pk"))),
        "decided": list(decided),
        "replays": console.replays_of(row),
        "cost": console.dollars_of(row) if is_owner(request) else "",
        "may_replay": may_replay,
        "instructions": settings_row.ai_prompt_whatsapp if settings_row else "",
    }


def approval_context(request: HttpRequest, row: Approval) -> dict[str, Any]:
    [shown] = _shown(request, [row])
    return {"waiting": shown}


def _shown(request: HttpRequest, rows: list[Approval]) -> list[console.Waiting]:
    return console.shown_approvals(
        rows, {row.pk for row in rows if is_owner(request) or not approvals.owners_only(row)}
    )


def _waiting(request: HttpRequest) -> dict[str, Any]:
    return {"approvals": _shown(request, console.approvals_waiting()), "chosen": None}


def _listed(request: HttpRequest) -> dict[str, Any]:
    segment = request.GET.get("show", "")
    segment = segment if segment in console.SEGMENTS else console.ALL
    engine = request.GET.get("engine", "")
    before = request.GET.get("before", "")
    place = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    rows, further = console.page(console.runs(segment=segment, engine=engine), before=place)
    count = console.waiting_approvals()
    return {
        "rows": rows,
        "before": further,
        "is_further": place is not None,
        "segment": segment,
        "segments": [(key, str(title), key == segment) for key, title in console.SEGMENTS.items()],
        "engine": engine,
        "engines": console.engines(),
        "waiting_count": count,
        "waiting_text": f"{console.MOST_COUNTED - 1}+" if count >= console.MOST_COUNTED else str(count or ""),
        "shows_cost": is_owner(request),
        "agents_on": settings.AGENTS_ENABLED and bool(settings.OPENAI_API_KEY),
    }
