"""Recordings, fetched from the carrier after the fact and kept in our own storage.

What is fetched is named by its id and lies at the carrier that we know; the address in a report is not looked at.
"""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO

import httpx2
from django.conf import settings
from django.core.files import File
from django.db.models import F

from calls import carrier_api
from calls.models import Recording, TwilioAccount
from crm.tenancy import for_business, for_everyone

logger = logging.getLogger(__name__)

LARGEST = 100 * 1024 * 1024  # bytes; an hour of a call on two channels
KINDS = {".mp3": ("audio/mpeg", "audio/mp3"), ".wav": ("audio/x-wav", "audio/wav", "audio/wave")}  # the smaller first
SECONDS_TO_FETCH = 20.0  # between two pieces
LEASE = timedelta(minutes=5)  # whoever has begun to fetch is left alone for so long
SOONEST, LATEST = timedelta(seconds=15), timedelta(hours=1)
MOST_ATTEMPTS = 12  # some six hours


class Unfetched(Exception):
    """The carrier did not give it now, or our storage did not take it; later it may be otherwise."""


class Unusable(Exception):
    """What the carrier gives is not a recording that we keep."""


def address_of(account_sid: str, recording_sid: str) -> str:
    """Where the carrier keeps a recording of the current business, without extension. `account_sid`: as reported."""
    own_sid, token = _credentials()
    return carrier_api.address(own_sid or account_sid, token, f"Recordings/{recording_sid}")


def claim_due(now: datetime, limit: int = 50) -> list[tuple[int, int]]:
    """(business id, recording id) of what still waits to be fetched. Another sweep skips these rows meanwhile."""
    with for_everyone("a sweep over all businesses"):
        waiting = Recording.objects.select_for_update(skip_locked=True)
        due = waiting.filter(status=Recording.Status.WAITING, due_at__lte=now).order_by("due_at")
        return [(recording.business_id, recording.pk) for recording in due[:limit]]


def fetch(business_id: int, recording_id: int, *, now: datetime) -> None:
    """Bring one recording here. Whoever claims the row does it; a failure is tried again later, and later still."""
    with for_business(business_id):
        waiting = Recording.objects.filter(pk=recording_id, status=Recording.Status.WAITING)
        if not waiting.filter(due_at__lte=now).update(due_at=now + LEASE, attempts=F("attempts") + 1):
            return
        recording = waiting.select_related("call").get()
        told = {"call_sid": recording.call.call_sid, "recording_id": recording_id, "attempts": recording.attempts}
        try:
            _keep(recording)
        except Unfetched as error:
            given_up = recording.attempts >= MOST_ATTEMPTS
            recording.status = Recording.Status.FAILED if given_up else Recording.Status.WAITING
            recording.due_at = now + min(LATEST, SOONEST * 2 ** min(recording.attempts, MOST_ATTEMPTS) / 2)
            logger.log(
                logging.ERROR if given_up else logging.INFO,
                "A recording could not be fetched",
                extra=told | {"why": str(error)},
            )
        except Unusable as error:
            recording.status = Recording.Status.FAILED
            logger.error("A recording cannot be kept", extra=told | {"why": str(error)})  # noqa: TRY400 -- says it all
        else:
            recording.status = Recording.Status.STORED
        kept = {"status": recording.status, "due_at": recording.due_at, "file": recording.file.name or ""}
        if not waiting.update(**kept) and recording.file:  # erased meanwhile, as a person may ask
            recording.file.delete(save=False)


def _keep(recording: Recording) -> None:
    """Bring the sound into our storage, whole or not at all. Raises Unfetched or Unusable."""
    if recording.attempts > MOST_ATTEMPTS:
        raise Unfetched("given up")  # whoever tried before did not live to say so
    name, storage = "", recording.file.storage
    try:
        with TemporaryFile() as sound:
            kind = download(recording.url, _credentials(), sound)
            name = f"{recording.business_id}/{secrets.token_urlsafe(24)}{kind}"
            name = recording.file.field.generate_filename(recording, name)
            recording.file.name = storage.save(name, File(sound))
    except OSError as error:  # a full disk, a storage that is away; its text may hold the name, which is a secret
        if name:
            with suppress(OSError):
                storage.delete(name)
        raise Unfetched(type(error).__name__) from error


def download(url: str, credentials: tuple[str, str], into: IO[bytes]) -> str:
    """Write the recording into a file; its extension. Raises Unfetched or Unusable, whose texts hold no secrets."""
    options = carrier_api.client_options(*credentials_of(url, credentials)) | {"timeout": SECONDS_TO_FETCH}
    try:
        with httpx2.Client(**options, follow_redirects=False) as client:
            for kind, types in KINDS.items():
                if _written(client, url + kind, types, into):
                    return kind
    except httpx2.HTTPError as error:
        raise Unfetched(type(error).__name__) from error
    raise Unfetched("HTTP 404")


def credentials_of(url: str, credentials: tuple[str, str]) -> tuple[str, str]:
    """The account is the one in the address: without a SID of our own the carrier's report named it."""
    account, token = credentials
    return account or url.partition("/Accounts/")[2].partition("/")[0], token


def _written(client: httpx2.Client, url: str, types: tuple[str, ...], into: IO[bytes]) -> bool:
    """False where the carrier has it in no such form."""
    with client.stream("GET", url) as answer:
        if answer.status_code == httpx2.codes.NOT_FOUND:
            return False
        if answer.status_code != httpx2.codes.OK:
            raise Unfetched(f"HTTP {answer.status_code}")
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in types:
            raise Unusable(f"not a sound: {kind[:40]}")
        size = 0
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > LARGEST:
                raise Unusable("too large")
            into.write(piece)
        if not size:
            raise Unfetched("empty")
    into.seek(0)
    return True


def _credentials() -> tuple[str, str]:
    """Account SID and token of the current business; the installation's where it has none."""
    own = TwilioAccount.objects.first()
    return (own.account_sid, own.auth_token) if own else (settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN)
