"""The calls that follow-ups are about. Of a call this app knows the id only; the app of calls says the rest."""

from __future__ import annotations

from abc import ABC, abstractmethod

from crm.models import FollowUp


class Calls(ABC):
    """What a row of follow-ups needs to know of calls."""

    @abstractmethod
    def address(self, call_sid: str) -> str:
        """The page of one."""

    @abstractmethod
    def is_read_first(self, key: str) -> bool:
        """Whether what is owed under this key is understood from the call, before anybody dials."""


_known: list[Calls] = []


def register(calls: Calls) -> None:
    _known[:] = [calls]


def call_of(row: FollowUp) -> str:
    """The address of the call that it is about; empty where there is none."""
    return _known[0].address(row.call_sid) if row.call_sid and _known else ""


def is_read_first(row: FollowUp) -> bool:
    return bool(_known) and _known[0].is_read_first(row.key)
