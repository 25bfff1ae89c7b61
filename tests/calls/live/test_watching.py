"""A real call, and somebody of the staff who watches it, steps in, and loses the connection."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from calls.models import CallSession
from calls.threads import off_loop
from crm.models import Business, Membership
from crm.tenancy import for_everyone
from simulator.person import Person
from tests.calls.live.watcher import member, page_of, watching
from tests.support.browser_call import day_ahead, said
from tests.support.pages import text_of
from tests.support.telephone import House, turns_of


@pytest.fixture
def noa(salon: Business) -> Membership:
    return member(salon)


def deeds_of(call: CallSession) -> list[dict[str, object]]:
    with for_everyone("a look at one call"):
        return list(call.turns.filter(speaker="staff", text="").values_list("metrics", flat=True))


async def test_a_call_is_seen_from_its_first_word_to_its_outcome(house: House, noa: Membership):
    async with watching(await page_of(noa)) as page:
        await page.until(lambda: page.told)
        assert page.listed == []
        call = house.ring()
        await page.until(lambda: page.listed)
        await page.watch(call.sid)
        await house.heard(call, "איך אפשר לעזור?")
        await call.say(f"אני רוצה לקבוע תור {said(day_ahead())} בשש בערב")
        await house.heard(call, "הזמן הזה פנוי")
        await page.until(lambda: page.of("known") and page.of("known")[-1]["items"][2]["known"])
        call.hang_up()
        row = await house.stored(call)
        ended = await page.until(lambda: page.of("ended"))

    seen = [(line["speaker"], line["text"]) for _, line in sorted(page.lines.items())]
    assert seen == await off_loop(turns_of, row)
    assert ended[0]["outcome"] == row.outcome
    assert {"listening", "speaking"} <= {event["state"] for event in page.of("state")}
    assert [item["known"] for item in page.of("known")[-1]["items"]] == [False, True, True, False, False]
    assert page.listed == []
    chip = next(line["html"] for line in page.lines.values() if line["speaker"] == "server")
    assert "פנוי" in chip
    assert "[SERVER]" not in chip


async def test_a_page_that_was_away_misses_nothing(house: House, noa: Membership):
    cookie = await page_of(noa)
    call = house.ring()
    async with watching(cookie) as page:
        await page.watch(call.sid)
        await page.until(lambda: any("איך אפשר לעזור" in line["text"] for line in page.lines.values()))
        seq, lines = page.seq, dict(page.lines)
    await house.heard(call, "איך אפשר לעזור?")
    await call.say(f"אני רוצה לקבוע תור {said(day_ahead())} בשש בערב")
    await house.heard(call, "הזמן הזה פנוי")
    async with watching(cookie) as page:
        await page.watch(call.sid, after=seq)
        await page.until(
            lambda: any("פנוי" in line["text"] and line["speaker"] == "assistant" for line in page.lines.values())
        )
        call.hang_up()
        row = await house.stored(call)
        await page.until(lambda: page.of("ended"))

    lines |= page.lines
    assert [(line["speaker"], line["text"]) for _, line in sorted(lines.items())] == await off_loop(turns_of, row)
    assert page.numbers == sorted(page.numbers)
    assert min(page.numbers) > seq


async def test_a_whisper_reaches_the_model_and_stands_in_the_transcript(house: House, noa: Membership):
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    async with watching(await page_of(noa)) as page:
        await page.watch(call.sid)
        answer = await page.command("whisper", call.sid, "מחר אחרי הצהריים אני מעדיפה בארבע")
        assert answer["ok"], answer
        await page.until(lambda: any(line["speaker"] == "staff" for line in page.lines.values()))
        again = await page.command("whisper", call.sid, "מחר אחרי הצהריים אני מעדיפה בארבע")
    call.hang_up()
    row = await house.stored(call)

    assert again["ok"]
    told = [each.text for session in house.provider.provider.sessions for each in session.conversation()]
    assert sum("אני מעדיפה בארבע" in text for text in told) == 1
    assert ("staff", "מחר אחרי הצהריים אני מעדיפה בארבע") in await off_loop(turns_of, row)
    assert "נועה" in next(line["html"] for line in page.lines.values() if line["speaker"] == "staff")


async def test_an_end_is_a_goodbye(house: House, noa: Membership):
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    async with watching(await page_of(noa)) as page:
        assert (await page.command("end", call.sid))["ok"]
        await house.heard(call, "תודה על השיחה, יום נעים!")
        row = await house.stored(call)
        late = await page.command("whisper", call.sid, "רגע", request="r2")

    assert call.ended_by == "server"
    assert row.end_reason == "ended by the staff"
    assert await off_loop(deeds_of, row) == [{"DEED": "ended", "BY": "נועה"}]
    assert (late["ok"], late["text"]) == (False, "השיחה הסתיימה לפני שהלחישה התקבלה.")


async def test_a_member_takes_the_caller_at_their_own_telephone(house: House, noa: Membership):
    call = house.ring()
    call.person = Person("answers", after_s=3, talks_s=8)
    await house.heard(call, "איך אפשר לעזור?")
    async with watching(await page_of(noa)) as page:
        await page.watch(call.sid)
        assert (await page.command("take_over", call.sid))["ok"]
        second = await page.command("take_over", call.sid, request="r2")
        await house.heard(call, "מעבירים עכשיו לנועה")
        await house.until(lambda: call.is_bridged, 60)
        await page.until(lambda: any(event["state"] == "with_person" for event in page.of("state")))
        busy = await page.command("whisper", call.sid, "שלום", request="r3")
        row = await house.stored(call)

    rung = next(each.text for each in call.events if each.what == "dial")
    assert "+972521110000" in rung
    assert (second["ok"], second["text"]) == (False, "נועה על הקו")
    assert (busy["ok"], busy["text"]) == (False, "נועה על הקו")
    assert page.of("left")[0]["to"] == "transfer"
    assert page.of("state")[-1]["text"] == "נועה על הקו"
    with for_everyone("a look at one call"):
        kept = await off_loop(CallSession.objects.get, pk=row.pk)
    assert (kept.taken_by_id, kept.transfer_number) == (noa.user_id, "+972521110000")


async def test_a_call_that_nobody_takes_is_the_assistants_again(house: House, noa: Membership):
    call = house.ring()
    call.person = Person("no_answer")
    await house.heard(call, "איך אפשר לעזור?")
    async with watching(await page_of(noa)) as page:
        await page.watch(call.sid)
        assert (await page.command("whisper", call.sid, "יש חניה בחצר", request="r0"))["ok"]
        assert (await page.command("take_over", call.sid))["ok"]
        await house.until(lambda: any(each.what == "dialled" for each in call.events), 90)
        await house.heard(call, "אין מענה כרגע")
        await page.until(lambda: len(page.of("began")) == 2)
        await page.until(lambda: any(each["sid"] == call.sid and each["askable"] for each in page.listed))
        told = await page.command("whisper", call.sid, "לקחת הודעה", request="r2")
        call.hang_up()
        await house.stored(call)

    assert told["ok"]
    assert page.of("began")[1]["resumed"] == "transfer_failed"
    remembered = [each.text for each in house.provider.provider.sessions[-1].conversation() if each.role == "system"]
    assert any("יש חניה בחצר" in text for text in remembered)
    assert page.numbers == sorted(set(page.numbers))


async def test_without_a_number_nothing_rings(house: House, salon: Business):
    dana = await off_loop(member, salon, name="דנה", phone="")
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    async with watching(await page_of(dana)) as page:
        answer = await page.command("take_over", call.sid)
    call.hang_up()
    await house.stored(call)

    assert (answer["ok"], answer["text"]) == (False, "אין מספר להעברה.")


async def test_without_scripts_a_form_asks_the_same(house: House, noa: Membership):
    cookie = await page_of(noa)
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")

    def post(what: str, **fields: str) -> str:
        browser = Client()
        browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
        return text_of(browser.post(f"/calls/live/{call.sid}/{what}/", fields, follow=True, secure=True))

    told = await off_loop(post, "whisper", text="עדיף בארבע")
    async with watching(cookie) as page:
        await page.watch(call.sid)
        await page.until(lambda: any(line["speaker"] == "staff" for line in page.lines.values()))
    ended = await off_loop(post, "end")
    row = await house.stored(call)

    assert "התקבלה." in told
    assert "העוזר נפרד, והשיחה תסתיים." in ended
    assert row.end_reason == "ended by the staff"
