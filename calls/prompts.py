"""Versions of the owner's instructions for calls: drafts, the one that is live, and those that were.

Exactly one version of a business is live, and its text is `BusinessSettings.ai_prompt_calls`. Whoever writes that
field calls `follow_settings` in the same transaction; `live_version` makes good what was written past it.
What a call has used is never changed: an edit then gets a number of its own, and a discarded one stays readable.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from booking.owner_rules import Settled, proposals, settle_rules
from calls.models import CallSession, PromptVersion
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business

Status = PromptVersion.Status

# A caller of this kind tries a draft: `client:` is how the carrier names callers without a telephone number.
DRAFT_CALLER = "client:draft-"
DRAFT_CALL_SECONDS = 3600
_NOTE_LENGTH = 200
_signer = signing.TimestampSigner(salt="calls.draft")


class WrongVersion(ValueError):
    """The version is not in the state that this needs: someone else was quicker."""


# --- the live version --------------------------------------------------------------------------------
def live_version(business: Business) -> PromptVersion:
    """The version in force, which says what the settings say."""
    with for_business(business):
        live = PromptVersion.objects.filter(status=Status.LIVE).first()
        if live is not None and live.text == _settings_text():
            return live
    return follow_settings(business, by=None)


def follow_settings(business: Business, *, by: User | None) -> PromptVersion:
    """Let the live version be what the settings say; a changed text becomes a new number."""
    with _locked(business):
        return _followed(business, by)


# --- drafts ------------------------------------------------------------------------------------------
def save_draft(
    business: Business, text: str, *, note: str = "", by: User | None, draft: PromptVersion | None = None
) -> PromptVersion:
    """Keep a text that is not in force: a new draft, or what `draft` says from now on.

    A draft that calls have tried stays as they used it; the new text is then a draft of its own.
    Raises WrongVersion if `draft` is no draft any more.
    """
    with _locked(business):
        _followed(business, None)  # the first version of a business is what is in force
        if draft is not None:
            draft = _draft_again(draft)
            if draft.text == text or not CallSession.objects.filter(prompt_version=draft).exists():
                draft.text, draft.note = text, note[:_NOTE_LENGTH]
                draft.save(update_fields=["text", "note"])
                return draft
            draft.status = Status.RETIRED
            draft.save(update_fields=["status"])
        return PromptVersion.objects.create(
            business=business, number=_next_number(), text=text, note=note[:_NOTE_LENGTH], written_by=by
        )


def discard(version: PromptVersion) -> None:
    """Take a draft away; one that calls have tried stays readable as an earlier version. Raises WrongVersion."""
    with for_business(version.business_id), transaction.atomic():
        draft = _draft_again(version)
        if CallSession.objects.filter(prompt_version=draft).exists():
            draft.status = Status.RETIRED
            draft.save(update_fields=["status"])
        else:
            draft.delete()


def publish(version: PromptVersion, *, now: datetime) -> Settled:
    """Put a draft in force, from the next call on; what that did to the rules its words state.

    Raises WrongVersion if it is no draft any more.
    """
    business = version.business
    with _locked(business):
        return _put_in_force(business, _draft_again(version), now=now)


def restore(version: PromptVersion, *, by: User | None, note: str, now: datetime) -> tuple[PromptVersion, Settled]:
    """Put the text of an earlier version in force again, under a new number. Raises WrongVersion for a draft."""
    business = version.business
    with _locked(business):
        if PromptVersion.objects.get(pk=version.pk).status != Status.RETIRED:
            raise WrongVersion("not an earlier version")
        again = PromptVersion(
            business=business, number=_next_number(), text=version.text, note=note[:_NOTE_LENGTH], written_by=by
        )
        return again, _put_in_force(business, again, now=now)


# --- trying a draft ----------------------------------------------------------------------------------
def draft_caller(draft: PromptVersion) -> str:
    """The caller id of a practice call that uses this draft. Good for an hour, and for its own business only."""
    return DRAFT_CALLER + _signer.sign(f"{draft.business_id}.{draft.pk}")


def draft_of(business: Business, caller: str) -> PromptVersion | None:
    """The draft that such a caller id asks for; None for anybody else, a forger and a stranger included."""
    if not caller.startswith(DRAFT_CALLER):
        return None
    try:
        value = _signer.unsign(caller.removeprefix(DRAFT_CALLER), max_age=DRAFT_CALL_SECONDS)
    except signing.BadSignature:
        return None
    business_id, _, version_id = value.partition(".")
    if business_id != str(business.pk):
        return None
    with for_business(business):
        return PromptVersion.objects.filter(pk=int(version_id), status=Status.DRAFT).first()


# --- steps -------------------------------------------------------------------------------------------
@contextmanager
def _locked(business: Business) -> Iterator[None]:
    """In the business's scope and one transaction, one writer of versions at a time."""
    with for_business(business), transaction.atomic():
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)
        yield


def _followed(business: Business, by: User | None) -> PromptVersion:
    text = _settings_text()
    live = PromptVersion.objects.filter(status=Status.LIVE).first()
    if live is not None and live.text == text:
        return live
    version = PromptVersion(business=business, number=_next_number(), text=text, written_by=by)
    return _go_live(version, now=timezone.now())


def _settings_text() -> str:
    return BusinessSettings.objects.values_list("ai_prompt_calls", flat=True).first() or ""


def _next_number() -> int:
    return (PromptVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def _draft_again(version: PromptVersion) -> PromptVersion:
    """The row as it is now, locked. Raises WrongVersion unless it is a draft."""
    row = PromptVersion.objects.select_for_update().filter(pk=version.pk, status=Status.DRAFT).first()
    if row is None:
        raise WrongVersion("not a draft any more")
    return row


def _put_in_force(business: Business, version: PromptVersion, *, now: datetime) -> Settled:
    """The version goes live and its text into the settings; the rules of the instructions follow their words."""
    before = proposals(business)
    _go_live(version, now=now)
    BusinessSettings.objects.update_or_create(business=business, defaults={"ai_prompt_calls": version.text})
    return settle_rules(business, before)


def _go_live(version: PromptVersion, *, now: datetime) -> PromptVersion:
    PromptVersion.objects.filter(status=Status.LIVE).update(status=Status.RETIRED)
    version.status, version.published_at = Status.LIVE, now
    version.save()
    return version
