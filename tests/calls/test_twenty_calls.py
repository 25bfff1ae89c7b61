"""Many callers at the same moment: each gets what is theirs, and nobody gets what is another's."""

from __future__ import annotations

import asyncio

import pytest

from booking.models import Appointment
from calls.models import CallSession
from calls.threads import off_loop
from crm.tenancy import for_everyone
from simulator.carrier import Call
from tests.support.telephone import House, turns_of

CALLERS = 20
HOURS = (
    *("בעשר בבוקר", "באחת עשרה בבוקר", "בשתים עשרה בצהריים", "באחת בצהריים", "בשתיים בצהריים"),
    *("בשלוש אחר הצהריים", "בארבע אחר הצהריים", "בחמש אחר הצהריים", "בשש בערב", "בשבע בערב"),
)
SLOTS = tuple(f"{day} {hour}" for day in ("מחר", "מחרתיים") for hour in HOURS)
NAMES = (
    *("דנה לוי", "נועה כהן", "יעל מזרחי", "רון ברק", "מיכל פרץ", "אורי שגב", "תמר אלון", "עידו גולן", "שירה דהן"),
    *("גיא ביטון", "הדס רוזן", "אמיר חדד", "ליאת אברהם", "יואב פרידמן", "רותם שמש", "איתי קפלן", "מאיה סגל"),
    *("עומר אזולאי", "ענת שפירא", "ניר עמר"),
)


# All of it, stand-ins included, shares one event loop: faster than this it could not keep up.
@pytest.mark.parametrize("rate", [1.5])
async def test_twenty_callers_at_once_all_book(house: House) -> None:
    calls = [house.ring(from_=_phone(number)) for number in range(CALLERS)]
    await asyncio.gather(*(_book(house, call, number) for number, call in enumerate(calls)))
    rows = [await house.stored(call) for call in calls]

    assert [row.outcome for row in rows] == ["booked"] * CALLERS
    booked = await off_loop(_appointments)
    assert len({row.starts_at for row in booked}) == CALLERS
    assert [(row.call_sid, row.customer_name, row.customer_phone) for row in booked] == sorted(
        (call.sid, NAMES[number], _phone(number)) for number, call in enumerate(calls)
    )


async def test_of_two_callers_for_one_slot_one_books_and_the_other_is_offered_alternatives(house: House) -> None:
    dana, noa = house.ring(from_=_phone(0)), house.ring(from_=_phone(1))
    for call in (dana, noa):
        await house.heard(call, "איך אפשר לעזור?")
    await asyncio.gather(*(call.say("אני רוצה לקבוע תור מחר בשש בערב") for call in (dana, noa)))
    await house.until(lambda: {_answer(dana), _answer(noa)} == {"free", "taken"})
    first, second = (dana, noa) if _answer(dana) == "free" else (noa, dana)
    second.hang_up()
    await first.say(f"כן, השם {NAMES[0]}")
    await house.heard(first, "מספר טלפון")
    await first.press("0521234500#")
    await house.heard(first, "התור נקבע בהצלחה")
    first.hang_up()
    rows = [await house.stored(call) for call in (dana, noa)]

    (booked,) = await off_loop(_appointments)
    assert sorted(row.outcome for row in rows) == ["answered", "booked"]
    winner, loser = sorted(rows, key=lambda row: row.outcome != "booked")
    assert booked.call_sid == winner.call_sid == first.sid
    local = booked.starts_at.astimezone(booked.business.timezone)
    taken = f"[SERVER] slot_unavailable: {local:%Y-%m-%d %H:%M}; reason=slot_taken; alternatives="
    assert await off_loop(_items, loser) == [f"{taken}{local:%Y-%m-%d} 17:00,{local:%Y-%m-%d} 19:00"]


async def _book(house: House, call: Call, number: int) -> None:
    await house.heard(call, "איך אפשר לעזור?")
    await call.say(f"תור {SLOTS[number]}, בבקשה")
    await house.heard(call, "הזמן הזה פנוי")
    await call.say(f"כן, השם {NAMES[number]}")
    await house.heard(call, "מספר טלפון")
    await call.press(f"{_phone(number).replace('+972', '0')}#")
    await house.heard(call, "התור נקבע בהצלחה")
    call.hang_up()


def _phone(number: int) -> str:
    return f"+9725212345{number:02d}"


def _answer(call: Call) -> str:
    """What the caller was told about the slot, once it was said to the end."""
    said = " ".join(reply.words for reply in call.listener.replies if reply.complete)
    return "free" if "הזמן הזה פנוי" in said else "taken" if "הזמן הזה לא פנוי" in said else ""


def _appointments() -> list[Appointment]:
    with for_everyone("a look at what all calls booked"):
        return list(Appointment.objects.select_related("business").order_by("call_sid"))


def _items(row: CallSession) -> list[str]:
    """The `[SERVER]` items of a call."""
    return [text for speaker, text in turns_of(row) if speaker == "server"]
