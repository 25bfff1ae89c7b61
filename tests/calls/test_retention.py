"""Recordings are kept for as long as the business says: then the sound goes, and its row tells when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from pytest_django.fixtures import Settings

from calls import retention, tasks
from calls.models import CallSession, Recording
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.factories import BusinessFactory, CallSessionFactory, LeadFactory, RecordingFactory

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _storage(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def recorded(business: Business, *, days_ago: float) -> Recording:
    call = CallSessionFactory(business=business)
    at = NOW - timedelta(days=days_ago)
    row: Recording = RecordingFactory(business=business, call=call, status="stored", kind="call", created_at=at)
    with for_business(business):
        row.file.save("sound.mp3", ContentFile(b"\xff" * 80))
    return row


def keeps(business: Business, days: int | None) -> None:
    with for_business(business):
        BusinessSettings.objects.update(recordings_kept_days=days)


def again(row: Recording) -> Recording:
    with for_business(row.business_id):
        return Recording.objects.select_related("call").get(pk=row.pk)


def files(settings: Settings) -> int:
    return sum(file.is_file() for file in Path(settings.MEDIA_ROOT).rglob("*"))


def test_the_sound_goes_when_its_time_has_come_and_its_row_says_so(salon: Business, settings: Settings):
    old, young = recorded(salon, days_ago=31), recorded(salon, days_ago=29)
    keeps(salon, 30)

    assert retention.delete_old(now=NOW) == 1

    assert (again(old).status, again(old).deleted_at, again(old).file.name) == ("deleted", NOW, "")
    assert again(young).status == "stored"
    assert files(settings) == 1
    assert retention.delete_old(now=NOW + timedelta(hours=1)) == 0
    assert again(old).deleted_at == NOW


def test_a_business_that_keeps_them_loses_none(salon: Business, settings: Settings):
    other = BusinessFactory(with_settings=True)
    recorded(salon, days_ago=3000)
    theirs = recorded(other, days_ago=8)
    keeps(other, 7)

    assert retention.delete_old(now=NOW) == 1

    assert again(theirs).deleted_at == NOW
    assert files(settings) == 1


def test_a_sound_that_is_gone_already_is_noted(salon: Business):
    row = recorded(salon, days_ago=31)
    row.file.storage.delete(str(row.file.name))
    keeps(salon, 30)

    assert retention.delete_old(now=NOW) == 1
    assert again(row).status == "deleted"


def test_a_storage_that_is_away_is_asked_again(salon: Business, settings: Settings, tmp_path: Path):
    row = recorded(salon, days_ago=31)
    keeps(salon, 30)
    where = Path(settings.MEDIA_ROOT) / str(row.file.name)
    where.unlink()
    where.mkdir()
    (where / "something").write_text("in the way")

    assert retention.delete_old(now=NOW) == 0
    assert again(row).status == "stored"

    (where / "something").unlink()
    where.rmdir()
    assert retention.delete_old(now=NOW) == 1


def test_sounds_that_cannot_be_deleted_keep_no_newer_one(salon: Business, settings: Settings):
    stuck = [recorded(salon, days_ago=40) for _ in range(3)]
    newer = [recorded(salon, days_ago=31 - day / 10) for day in range(3)]
    keeps(salon, 30)
    for row in stuck:
        where = Path(settings.MEDIA_ROOT) / str(row.file.name)
        where.unlink()
        where.mkdir()
        (where / "something").write_text("in the way")

    assert retention.delete_old(now=NOW, at_once=2) == 2

    assert [again(row).status for row in newer] == ["deleted", "deleted", "stored"]
    assert retention.delete_old(now=NOW, at_once=2) == 1
    assert {again(row).status for row in stuck} == {"stored"}


def test_what_is_still_on_its_way_waits(salon: Business):
    call = CallSessionFactory(business=salon)
    row = RecordingFactory(business=salon, call=call, status="waiting", created_at=NOW - timedelta(days=9))
    keeps(salon, 1)

    tasks.delete_old_recordings()

    assert again(row).status == "waiting"


def test_a_call_says_since_when_its_customer_is_erased(salon: Business):
    call: CallSession = CallSessionFactory(business=salon, lead=LeadFactory(business=salon))
    other: CallSession = CallSessionFactory(business=salon, lead=LeadFactory(business=salon))
    with for_business(salon):
        assert call.lead is not None
        call.lead.delete()
        erased, untouched = CallSession.objects.get(pk=call.pk), CallSession.objects.get(pk=other.pk)

    assert erased.lead_id is None
    assert erased.person_erased_at is not None
    assert untouched.person_erased_at is None
