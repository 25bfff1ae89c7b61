"""The carrier's side of HTTP for one call: signed webhooks, and the documents they answer with."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urljoin, urlsplit

import httpx2

from simulator import signature, twiml

_TIMEOUT_S = 15.0
_MOST_DOCUMENTS = 50  # one that redirects to itself ends somewhere


@dataclass(frozen=True)
class Line:
    """How the called number is set up at the carrier.

    `server` is where the product listens; `public_url` is what it believes to be called, which is what signatures
    are made of. `rest` is the address of the REST stand-in that shall know of the call, if any.
    """

    server: str
    public_url: str = ""
    auth_token: str = ""
    account_sid: str = "AC" + "0" * 32
    voice_path: str = "/webhook/twilio/voice/incoming"
    status_path: str = "/webhook/twilio/voice/status"
    rest: str = ""

    @property
    def base(self) -> str:
        return (self.public_url or self.server).rstrip("/")

    def reachable(self, url: str) -> str:
        """Where a public address really is: the product's own addresses lead to `server`."""
        public, server, asked = urlsplit(self.base), urlsplit(self.server), urlsplit(url)
        if asked.netloc != public.netloc:
            return url
        socket = asked.scheme in ("ws", "wss")
        scheme = {"http": "ws", "https": "wss"}[server.scheme] if socket else server.scheme
        return asked._replace(scheme=scheme, netloc=server.netloc).geturl()

    def signed(self, url: str, fields: dict[str, str]) -> dict[str, str]:
        """The header that proves a request; none without a token."""
        return {signature.HEADER: signature.sign(self.auth_token, url, fields)} if self.auth_token else {}


class Office:
    """Makes the requests of one call. `close` it when the call is over."""

    def __init__(self, line: Line, *, call_sid: str, to: str, from_: str, parent_sid: str = "") -> None:
        self.line, self.call_sid, self.to, self.from_ = line, call_sid, to, from_
        self._parent_sid = parent_sid  # of the call that had this one made
        self.status = "ringing"
        # Certificates take a while to load, and a plain address has no use for them.
        secure = line.server.startswith("https:")
        self._http = httpx2.AsyncClient(timeout=_TIMEOUT_S, verify=secure, trust_env=False)
        self._documents = 0
        self._reports: list[asyncio.Future[httpx2.Response]] = []

    async def close(self) -> None:
        await asyncio.gather(*self._reports, return_exceptions=True)
        await self._http.aclose()

    async def fetch(self, url: str, fields: dict[str, str] | None = None, *, method: str = "POST") -> list[twiml.Verb]:
        """Ask the server for a document. Raises BadTwiml where the carrier would give up."""
        self._documents += 1
        if self._documents > _MOST_DOCUMENTS:
            raise twiml.BadTwiml("too many documents in one call")
        answer = await self.request(url, fields or {}, method)
        if answer.status_code != 200:
            raise twiml.BadTwiml(f"the server answered HTTP {answer.status_code} at {urlsplit(url).path} (11200)")
        return twiml.parse(answer.text)

    async def request(self, url: str, fields: dict[str, str], method: str = "POST") -> httpx2.Response:
        """One signed request about the call."""
        public = urljoin(self.line.base + "/", url)
        form = {**self._form(), **fields}
        headers = {"User-Agent": "TwilioProxy/1.1", "I-Twilio-Idempotency-Token": secrets.token_hex(16)}
        if method == "GET":
            public, form = str(httpx2.URL(public).copy_merge_params(form)), {}
        headers |= self.line.signed(public, form)
        try:
            if method == "GET":
                return await self._http.get(self.line.reachable(public), headers=headers)
            return await self._http.post(self.line.reachable(public), data=form, headers=headers)
        except httpx2.HTTPError as error:
            where = urlsplit(self.line.server)
            problem = f"nobody answers at {where.scheme}://{where.netloc} ({type(error).__name__}, 11205)"
            raise twiml.BadTwiml(problem) from error

    def report(self, url: str, fields: dict[str, str]) -> None:
        """A request beside the call; nobody waits for its answer."""
        self._reports.append(asyncio.ensure_future(self.request(url, fields)))

    async def call_ended(self, seconds: float, status: str = "completed") -> bool:
        """The last callback; False if it was not taken."""
        self.status = status
        await asyncio.gather(*self._reports, return_exceptions=True)
        fields = {
            "CallDuration": str(max(1, round(seconds))),
            "SequenceNumber": "0",
            "CallbackSource": "call-progress-events",
            "Timestamp": format_datetime(datetime.now(UTC)),
        }
        try:
            answer = await self.request(self.line.base + self.line.status_path, fields)
        except twiml.BadTwiml:
            return False
        return answer.is_success

    def _form(self) -> dict[str, str]:
        beside = {"ParentCallSid": self._parent_sid} if self._parent_sid else {}
        return beside | {
            "AccountSid": self.line.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": self.call_sid,
            "CallStatus": self.status,
            "Called": self.to,
            "Caller": self.from_,
            "Direction": "outbound-dial" if self._parent_sid else "inbound",
            "From": self.from_,
            "To": self.to,
        }
