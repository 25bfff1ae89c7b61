"""What we ask of the bridge. Contract: reference/twilio-whatsapp.md 7.3 and 7.4."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx2
from django.conf import settings
from django.utils import timezone

from whatsapp.baileys import signing

TIMEOUT_SECONDS = 10.0
SECONDS_TO_FETCH = 20.0  # between two pieces of a file


class Unreachable(Exception):
    """Nobody answered. `unsure`: it was reached, so it may have done what was asked."""

    def __init__(self, why: str, *, unsure: bool = True) -> None:
        super().__init__(why)
        self.unsure = unsure


class Refused(Exception):
    """It answered with an error of the contract."""

    def __init__(self, status: int, code: str, said: dict[str, Any]) -> None:
        super().__init__(f"HTTP {status} {code}")
        self.status, self.code, self.said = status, code, said

    @property
    def retry_after(self) -> float:
        value = self.said.get("retry_after")
        return min(3600.0, max(0.0, float(value))) if isinstance(value, int | float) else 0.0


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]


class Bridge:
    """One question each; nothing is kept open and nothing repeated here."""

    def put_session(self, session: str, *, hook_url: str, config: dict[str, Any]) -> dict[str, Any]:
        order = {"desired_state": "running", "hook_url": hook_url, "config": config}
        return self._ask("PUT", f"/api/sessions/{session}", order).body

    def session(self, session: str) -> dict[str, Any]:
        return self._ask("GET", f"/api/sessions/{session}").body

    def order(self, session: str, word: str) -> dict[str, Any]:
        """`start stop restart logout`; the session as it is then."""
        return self._ask("POST", f"/api/sessions/{session}/{word}", {}).body

    def delete(self, session: str) -> None:
        self._ask("DELETE", f"/api/sessions/{session}")

    def qr(self, session: str) -> dict[str, Any]:
        return self._ask("GET", f"/api/sessions/{session}/auth/qr?format=raw").body

    def request_code(self, session: str, phone: str) -> dict[str, Any]:
        order = {"phone": phone.removeprefix("+")}
        return self._ask("POST", f"/api/sessions/{session}/auth/request-code", order).body

    def send(self, session: str, order: dict[str, Any], key: str) -> Answer:
        return self._ask("POST", f"/api/sessions/{session}/messages", order, {"Idempotency-Key": key})

    def message(self, session: str, message_id: str) -> dict[str, Any]:
        return self._ask("GET", f"/api/sessions/{session}/messages/{quote(message_id, safe='')}").body

    def typing(self, session: str, chat_id: str, state: str = "composing") -> None:
        """Best effort: whether the customer sees it does not matter to anything."""
        path = f"/api/sessions/{session}/chats/{quote(chat_id, safe='')}/typing"
        try:
            self._ask("POST", path, {"state": state})
        except (Unreachable, Refused):
            return

    def events(self, session: str, after: int, limit: int = 200) -> tuple[list[Any], int]:
        """Everything after a sequence number, and the number to ask from next."""
        body = self._ask("GET", f"/api/sessions/{session}/events?after={after}&limit={limit}").body
        events, following = body.get("events"), body.get("next")
        if not isinstance(events, list) or not isinstance(following, int):
            raise Unreachable("events")
        return events, following

    def has_whatsapp(self, session: str, phone: str) -> bool:
        return bool(self._ask("POST", "/api/contacts/check", {"session": session, "phone": phone}).body.get("exists"))

    @contextmanager
    def file(self, session: str, media_id: str) -> Iterator[httpx2.Response]:
        """The bytes of a customer's file, as they come. Raises Unreachable and Refused."""
        path = f"/api/sessions/{session}/media/{quote(media_id, safe='')}"
        headers = signing.headers(method="GET", path=path, body=b"", now=timezone.now())
        try:
            with self._client(SECONDS_TO_FETCH) as client, client.stream("GET", path, headers=headers) as answer:
                if not answer.is_success:
                    raise Refused(answer.status_code, "media", {})
                yield answer
        except httpx2.HTTPError as error:
            raise Unreachable(type(error).__name__) from error

    def _ask(
        self, method: str, path: str, order: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        body = b"" if order is None else json.dumps(order, ensure_ascii=False, separators=(",", ":")).encode()
        sent = signing.headers(method=method, path=path, body=body, now=timezone.now()) | (headers or {})
        if body:
            sent["Content-Type"] = "application/json"
        try:
            with self._client(TIMEOUT_SECONDS) as client:
                answer = client.request(method, path, content=body, headers=sent)
        except httpx2.HTTPError as error:
            raise Unreachable(type(error).__name__, unsure=not isinstance(error, httpx2.ConnectError)) from error
        said = _object(answer)
        if answer.is_success:
            return Answer(answer.status_code, said)
        raise Refused(answer.status_code, str(said.get("error", ""))[:40], said)

    def _client(self, timeout: float) -> httpx2.Client:
        if not settings.BAILEYS_BASE_URL:
            raise Unreachable("BAILEYS_BASE_URL is not set", unsure=False)
        secure = settings.BAILEYS_BASE_URL.startswith("https:")
        return httpx2.Client(base_url=settings.BAILEYS_BASE_URL, timeout=timeout, verify=secure, trust_env=False)


def _object(answer: httpx2.Response) -> dict[str, Any]:
    if not answer.content:
        return {}
    try:
        said = answer.json()
    except ValueError as error:
        if answer.is_success:
            raise Unreachable("unreadable") from error
        return {}
    return said if isinstance(said, dict) else {}
