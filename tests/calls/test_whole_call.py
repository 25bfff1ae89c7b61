"""Calls from the carrier's webhook to the stored transcript, over real sockets on every side."""

from __future__ import annotations

import base64
import json

import pytest
import redis
from django.core.management import call_command
from pytest_django.fixtures import Settings

from booking.models import OwnerRule
from calls.tasks import wrap_up_call
from calls.threads import off_loop
from crm.models import Business
from crm.tenancy import for_business
from tests.support.telephone import DANA, House, appointment_of, heard_fractions, phone_of_lead, turns_of


async def test_the_assistant_greets_first(house: House) -> None:
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    call.hang_up()
    row = await house.stored(call)

    assert call.listener.words == ["שלום, הגעתם אל המספרה של דנה. איך אפשר לעזור?"]
    assert row.outcome == "abandoned"
    assert await off_loop(turns_of, row) == [("assistant", "שלום, הגעתם אל המספרה של דנה. איך אפשר לעזור?")]


async def test_a_caller_books_and_the_sentence_comes_from_the_row(house: House) -> None:
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("אני רוצה לקבוע תור מחר בשש בערב")
    await house.heard(call, "הזמן הזה פנוי")
    await call.say("כן")
    await house.heard(call, "מה השם המלא")
    await call.say("דנה לוי")
    await house.heard(call, "מספר טלפון")
    await call.press("0521234567#")
    await house.heard(call, "התור נקבע בהצלחה")
    await call.say("לא תודה, להתראות")
    await house.heard(call, "יום נעים")
    row = await house.stored(call)

    assert call.ended_by == "server"
    assert row.outcome == "booked"
    booked = await off_loop(appointment_of, row)
    assert (booked.customer_name, booked.customer_phone, booked.medium) == ("דנה לוי", "+972521234567", "phone")


async def test_a_caller_who_asks_for_yesterday_is_asked_for_another_day(house: House) -> None:
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("תקבעו לי תור לאתמול בחמש")
    await house.heard(call, "יש יום אחר שנוח?")
    await call.say("ב-3.3.2025 בעשר בבוקר")
    await house.heard(call, "השעה הזאת כבר עברה")
    await call.say("אז מחר בשש בערב")
    await house.heard(call, "הזמן הזה פנוי")
    call.hang_up()
    row = await house.stored(call)

    told = [text for speaker, text in await off_loop(turns_of, row) if speaker == "server"]
    assert told[0] == "[SERVER] confirm: ליום שכבר עבר אי אפשר לקבוע. יש יום אחר שנוח?"
    assert told[1].startswith("[SERVER] slot_unavailable: 2025-03-03 10:00; reason=past; alternatives=")


async def test_where_the_owners_words_need_no_phone_none_is_asked_for(house: House, salon: Business) -> None:
    await off_loop(confirmed, salon, require_phone=False)
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("מדברת דנה לוי, תקבעו לי תור מחר בשש בערב")
    await house.heard(call, "התור נקבע בהצלחה")
    call.hang_up()
    row = await house.stored(call)

    booked = await off_loop(appointment_of, row)
    assert (booked.customer_name, booked.customer_phone) == ("דנה לוי", "")
    assert not [text for _, text in await off_loop(turns_of, row) if "need_phone" in text]


def confirmed(business: Business, **rules: object) -> None:
    """The owner's instructions say so, and the owner agreed."""
    with for_business(business):
        for field, value in rules.items():
            OwnerRule.objects.create(business=business, field=field, value=value, quote="…", is_confirmed=True)


async def test_a_caller_who_talks_over_the_assistant_is_heard_at_once(house: House) -> None:
    call = house.ring()
    await house.until(lambda: call.listener.audible_ms > 500)
    await call.say("רגע, אני רוצה לקבוע תור מחר בשש בערב")
    await house.heard(call, "הזמן הזה פנוי")
    call.hang_up()
    row = await house.stored(call)

    assert call.stream is not None
    assert call.stream.cleared_at
    greeting, *_ = await off_loop(heard_fractions, row)
    assert 0 < greeting < 1


async def test_a_silent_caller_is_asked_once_and_then_bidden_goodbye(house: House) -> None:
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    await house.heard(call, "אתה עדיין על הקו?")
    await house.heard(call, "לא נשמעת תשובה")
    await house.stored(call)

    assert (len(call.listener.replies), call.ended_by) == (3, "server")


async def test_a_stored_call_replays_to_the_same_actions(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("אני רוצה לקבוע תור מחר בשש בערב")
    await house.heard(call, "הזמן הזה פנוי")
    call.hang_up()
    await house.stored(call)
    await off_loop(call_command, "replay_call", call.sid)

    assert "the same actions" in capsys.readouterr().out


async def test_the_work_after_a_call_is_queued_with_ids_only(house: House, settings: Settings) -> None:
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    call.hang_up()
    row = await house.stored(call)
    queue = redis.Redis.from_url(settings.REDIS_URL)
    await house.until(lambda: queue.llen("celery"))
    task = json.loads(queue.lindex("celery", 0) or b"{}")

    assert task["headers"]["task"] == "calls.tasks.wrap_up_call"
    assert json.loads(base64.b64decode(task["body"]))[0] == [row.business_id, row.pk]
    await off_loop(wrap_up_call, row.business_id, row.pk)
    assert await off_loop(lambda: phone_of_lead(row)) == DANA
