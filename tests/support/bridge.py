"""The bridge as tests play it: its signed events, and a stand-in for its own addresses on a real socket."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings
from django.test import Client

from whatsapp.baileys import signing
from whatsapp.models import Channel

Json = dict[str, Any]
HOOK = "/webhook/baileys/"
_numbers = itertools.count(1)


def said(text: str = "אפשר תור מחר ב-12?", **changes: Any) -> Json:
    """The payload of a customer's message."""
    number = next(_numbers)
    return {
        "message_id": f"3EB0{number:018X}",
        "chat_id": "111@lid",
        "lid": "111@lid",
        "phone": "+972520000147",
        "push_name": "דנה לוי",
        "from_me": False,
        "sent_by": "contact",
        "timestamp": int(time.time()),
        "type": "text",
        "text": text,
        "button_id": None,
        "quoted_id": None,
        "media": None,
        "location": None,
        "contacts": None,
        "backlog": False,
    } | changes


def event(channel: Channel, name: str, payload: Json, **changes: Any) -> Json:
    number = next(_numbers)
    return {
        "id": f"evt_{number:026d}",
        "seq": number,
        "timestamp": int(time.time() * 1000),
        "event": name,
        "session": channel.session,
        "epoch": channel.epoch,
        "me": None,
        "attempt": 1,
        "payload": payload,
    } | changes


def post(envelope: Any, *, key: str | None = None, key_id: str = "hook", at: float | None = None, **more: str) -> Any:
    """Deliver an event as the bridge does; `more` replaces headers of the signature."""
    body = envelope if isinstance(envelope, bytes) else json.dumps(envelope, ensure_ascii=False).encode()
    timestamp, request_id = str(int(at if at is not None else time.time())), f"req_{next(_numbers):020d}"
    request_id = more.get("request_id", request_id)
    mac = signing.signature(
        key if key is not None else settings.BAILEYS_HOOK_KEY,
        timestamp=timestamp,
        request_id=request_id,
        method="POST",
        path=HOOK,
        body=body,
    )
    headers = {
        "X-Webhook-Key-Id": key_id,
        "X-Webhook-Timestamp": timestamp,
        "X-Webhook-Request-Id": request_id,
        "X-Webhook-Hmac": more.get("mac", mac),
        "X-Webhook-Hmac-Algorithm": "sha256",
    }
    return Client().post(HOOK, body, content_type="application/json", headers=headers)


@dataclass
class FakeBridge:
    """What was asked of it, and what it answers next: (status, body), "hang up", or as the contract says."""

    requests: list[tuple[str, str, Json]] = field(default_factory=list)
    answers: deque[tuple[int, Json] | str] = field(default_factory=deque)
    events: list[Json] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    session: Json = field(default_factory=lambda: {"status": "WORKING", "reason": None, "me": None})
    sent: dict[str, Json] = field(default_factory=dict)  # by key: the order as it came, with the id it was given
    status: str = "sent"

    def texts(self) -> list[str]:
        return [order["order"].get("text") for order in self.sent.values()]

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any] | None:
        assert _is_signed(method, path, headers, body), "a request of ours is not signed"
        order = json.loads(body) if body else {}
        self.requests.append((method, path, order))
        given = self.answers.popleft() if self.answers else None
        if isinstance(given, tuple):
            return given
        reply = self._contract(method, path, headers, order)
        return None if given == "hang up" else reply

    def _contract(self, method: str, path: str, headers: Any, order: Json) -> tuple[int, Any]:
        plain, _, query = path.partition("?")
        last = plain.rpartition("/")[2]
        if last == "events":
            after = int(query.split("after=")[1].partition("&")[0])
            later = [each for each in self.events if each["seq"] > after]
            return 200, {"events": later, "next": later[-1]["seq"] if later else after}
        if "/media/" in plain:
            return (200, self.files[last]) if last in self.files else (410, {"error": "gone"})
        if last == "messages":
            return self._send(headers["Idempotency-Key"], order)
        if "/messages/" in plain:
            return 200, {"message_id": last, "status": self.status, "ack": 1, "error": None}
        if last == "qr":
            return 409, {"error": "not_scanning"}
        if last == "request-code":
            return 200, {"code": "ABCD1234", "expires_at": "2026-11-24T08:05:00Z"}
        if last == "typing":
            return 204, {}
        return 200, self.session

    def _send(self, key: str, order: Json) -> tuple[int, Json]:
        if (known := self.sent.get(key)) is not None:
            if known["order"] != order:
                return 409, {"error": "idempotency_conflict"}
            return 200, {"message_id": known["id"], "status": self.status}
        message_id = f"3EB0BRIDGE{len(self.sent) + 1:012d}"
        self.sent[key] = {"order": order, "id": message_id}
        return 202, {"message_id": message_id, "status": "queued"}


def _is_signed(method: str, path: str, headers: Any, body: bytes) -> bool:
    mac = signing.signature(
        settings.BAILEYS_API_KEY,
        timestamp=headers["X-Webhook-Timestamp"],
        request_id=headers["X-Webhook-Request-Id"],
        method=method,
        path=path,
        body=body,
    )
    return bool(mac == headers["X-Webhook-Hmac"])


@contextmanager
def served(bridge: FakeBridge) -> Iterator[str]:
    """The bridge's address, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = bridge.answer(self.command, self.path, self.headers, body)
            if answer is None:
                self.close_connection = True
                return
            status, said = answer
            kind, content = said if isinstance(said, tuple) else ("application/json", json.dumps(said).encode())
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _answer

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
