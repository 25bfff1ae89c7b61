"""What the page of a call says about sound and people that are not kept for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from calls import retention
from calls.models import CallSession
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.factories import NOW, CallSessionFactory, LeadFactory, RecordingFactory
from tests.support.pages import fields_of, text_of


@pytest.fixture
def call(salon: Business, settings: Settings, tmp_path: Path) -> CallSession:
    """Recorded on 22/11/2026."""
    settings.MEDIA_ROOT = tmp_path
    row: CallSession = CallSessionFactory(
        business=salon, lead=LeadFactory(business=salon), started_at=NOW, ended_at=NOW, wrapped_up_at=NOW
    )
    recorded = RecordingFactory(business=salon, call=row, kind="call", status="stored", created_at=NOW)
    with for_business(salon):
        recorded.file.save("sound.mp3", ContentFile(b"\xff" * 80))
    return row


def page_of(client: Client, call: CallSession) -> str:
    return text_of(client.get(f"/calls/{call.call_sid}/"))


def test_the_player_says_when_its_sound_will_be_deleted_and_when_it_was(
    salon: Business, call: CallSession, noa: Client
):
    assert "תימחק" not in page_of(noa, call)
    with for_business(salon):
        BusinessSettings.objects.update(recordings_kept_days=90)
    day = NOW + timedelta(days=90)
    assert f"ההקלטה תימחק ב־ {day:%d/%m/%Y} לפי מדיניות השמירה" in page_of(noa, call)

    retention.delete_old(now=datetime(2027, 3, 1, 10, tzinfo=UTC))

    page = page_of(noa, call)
    assert "הקלטת שיחה: ההקלטה נמחקה ב־ 01/03/2027 לפי מדיניות השמירה" in page
    assert "תימחק" not in page


def test_the_call_of_an_erased_person_says_since_when(salon: Business, call: CallSession, noa: Client):
    assert "פרטי הלקוח נמחקו" not in page_of(noa, call)
    with for_business(salon):
        assert call.lead is not None
        call.lead.delete()

    assert f"פרטי הלקוח נמחקו לפי בקשה ב־ {NOW:%d/%m/%Y}" in page_of(noa, call)


def test_what_went_with_a_person_went_by_no_rule(salon: Business, call: CallSession, noa: Client):
    with for_business(salon):
        call.recordings.update(status="deleted", deleted_at=NOW)
        CallSession.objects.filter(pk=call.pk).update(person_erased_at=NOW)

    page = page_of(noa, call)

    assert f"הקלטת שיחה: ההקלטה נמחקה ב־ {NOW:%d/%m/%Y}" in page
    assert "לפי מדיניות השמירה" not in page


def test_the_owner_says_how_long(salon: Business, dana: Client, call: CallSession):
    address = f"/admin/crm/business/{salon.pk}/change/"
    form = fields_of(dana.get(address))

    dana.post(address, form | {"businesssettings-0-recordings_kept_days": "30"})
    refused = dana.post(address, form | {"businesssettings-0-recordings_kept_days": "0"})

    assert "1" in text_of(refused)
    with for_business(salon):
        assert BusinessSettings.objects.get().recordings_kept_days == 30


def test_more_recordings_cost_no_more_queries(salon: Business, call: CallSession, noa: Client):
    page_of(noa, call)
    with CaptureQueriesContext(connection) as with_one:
        page_of(noa, call)
    for _ in range(3):
        RecordingFactory(business=salon, call=call, kind="voicemail", status="stored", created_at=NOW)

    with CaptureQueriesContext(connection) as with_four:
        page_of(noa, call)

    assert len(with_four) == len(with_one)
