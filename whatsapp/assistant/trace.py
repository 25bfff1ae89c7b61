"""Each step of a run is a row as soon as it is done, so that whoever looks on sees it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from whatsapp import live
from whatsapp.models import AgentRun, AgentTrace

Kind = AgentTrace.Kind


class Trace:
    """The steps of one run. `now` is when this part of it began."""

    def __init__(self, run: AgentRun, now: datetime) -> None:
        self.run = run
        self._began, self._clock = now, time.monotonic()
        last = run.steps.aggregate(last=Max("index"))["last"]
        self._next = 0 if last is None else last + 1

    def elapsed_ms(self) -> int:
        return round((time.monotonic() - self._clock) * 1000)

    def moment(self) -> datetime:
        """How late it is by now, on the clock that the run was given."""
        return self._began + timedelta(milliseconds=self.elapsed_ms())

    def step(
        self,
        kind: Kind,
        name: str,
        *,
        arguments: Mapping[str, Any] | None = None,
        result: Any = None,
        input_tokens: int = 0,
        output_tokens: int = 0,
        ms: int = 0,
    ) -> AgentTrace:
        row = AgentTrace.objects.create(
            run=self.run,
            index=self._next,
            kind=kind,
            name=name[:60],
            arguments=dict(arguments or {}),
            result=result,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            ms=ms,
            at=self.moment(),
        )
        self._next += 1
        live.announce(self.run.business_id, conversation=self.run.conversation_id, run=self.run.pk)
        return row

    def guard(self, reason: str, **more: Any) -> None:
        """Something was stopped; `reason` is truth permission spend …"""
        self.step(Kind.GUARD, reason, result={"ok": False, "reason": reason, **more})
