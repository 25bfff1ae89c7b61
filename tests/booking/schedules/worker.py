"""One of the processes that book at once: its own Django, its own connection, and sometimes an early death.

Death comes from Django's public hook around SQL statements, so nothing of the product is replaced: the process sends
itself SIGKILL, and PostgreSQL sees what it sees of any server that is killed.
"""

from __future__ import annotations

import os
import re
import signal
import traceback
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

import django

django.setup()  # imported in a bare process; the applications are needed below

from django.db import connection  # noqa: E402  # after the set-up

from booking import services  # noqa: E402  # after the set-up
from crm.models import Business  # noqa: E402  # after the set-up
from tests.booking.schedules.asks import Answer, Ask, Death, Moment, Told, What  # noqa: E402  # after the set-up

WRITE = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?booking_appointment"?\s', re.IGNORECASE)
NOTHING: Answer = {"ok": True}


class Mortal:
    """Kills this very process at the moment that has been set."""

    def __init__(self) -> None:
        self._death: Death | None = None
        self._left = 0

    def set_to_die(self, death: Death | None) -> None:
        self._death, self._left = death, death.nth if death else 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        moment = self._death and self._death.moment
        if moment is Moment.BEFORE_STATEMENT or (moment is Moment.BEFORE_WRITE and WRITE.match(sql)):
            self._count()
        result = execute(sql, params, many, context)
        if moment is Moment.AFTER_WRITE and WRITE.match(sql):
            self._count()
        return result

    def before_answer(self) -> None:
        if self._death and self._death.moment is Moment.BEFORE_ANSWER:
            self._count()

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def serve(database: str, asks: Connection, told: Connection) -> None:
    """Answers lists of asks until the pipe is closed; every answer is out of the process before the next ask begins."""
    connection.settings_dict["NAME"] = database
    connection.settings_dict["OPTIONS"].pop("pool", None)  # one connection, whose backend can be named
    connection.ensure_connection()
    told.send(connection.connection.info.backend_pid)
    mortal, booked = Mortal(), dict[str, int]()
    with connection.execute_wrapper(mortal):
        while todo := _next(asks):
            for ask in todo:
                target = booked.get(ask.target, 0) if isinstance(ask.target, str) else ask.target
                mortal.set_to_die(ask.death)
                answer = _answer(ask, target)
                mortal.before_answer()
                mortal.set_to_die(None)
                booked[ask.tag] = answer.get("appointment_id", 0)
                told.send(Told(ask, answer, target or booked[ask.tag]))
            told.send(None)


def _next(asks: Connection) -> list[Ask]:
    try:
        todo: list[Ask] = asks.recv()
    except EOFError:
        return []
    return todo


def _answer(ask: Ask, target: int) -> Answer:
    try:
        return perform(ask, target)
    except Exception:  # whatever a service raises is a finding, and the test that reads it fails with the traceback
        return {"raised": traceback.format_exc()}


def perform(ask: Ask, target: int) -> Answer:
    business = Business.objects.get(pk=ask.business_id)
    start: datetime = ask.start or ask.now
    match ask.what:
        case What.CREATE:
            return services.create_appointment(
                business=business,
                start_iso=start.isoformat(),
                customer_name=ask.tag,
                customer_phone=ask.phone,
                service_id=ask.service,
                resource_id=ask.resource,
                medium="phone" if ask.call_sid else "api",
                now=ask.now,
                call_sid=ask.call_sid,
                idempotency_key=ask.key,
            ).as_dict()
        case What.HOLD:
            return services.hold_time(
                business=business,
                start=start,
                service_id=ask.service,
                resource_id=ask.resource,
                call_sid=ask.call_sid,
                now=ask.now,
            ).as_dict()
        case What.RELEASE:
            services.release_hold(business=business, call_sid=ask.call_sid)
            return NOTHING
        case What.MOVE:
            moved = services.reschedule_appointment(
                business=business, appointment_id=target, start_iso=start.isoformat(), now=ask.now, medium="phone"
            )
            return moved.as_dict()
        case What.CANCEL:
            cancelled = services.cancel_appointment(
                business=business, appointment_id=target, now=ask.now, medium="phone"
            )
            return cancelled.as_dict()
