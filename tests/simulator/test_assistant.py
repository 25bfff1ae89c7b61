"""The assistant knows its instructions and the conversation, and nothing else."""

import json

from simulator.assistant import Said, reply

TABLE = """\
You are a receptionist. Speak Hebrew -> always.
greeting -> "שלום!"
no_event -> "איזה יום?"
not_understood -> "אפשר לחזור?"
goodbye -> "יום נעים!"
[SERVER] slot_available -> "פנוי. לקבוע?"
[SERVER] slot_unavailable -> "תפוס. יש {alternatives}."
[SERVER] slot_unavailable; alternatives= -> "תפוס. יום אחר?"
[SERVER] slot_unavailable; reason=outside_hours -> "סגור אז. יש {alternatives}."
- [SERVER] need_phone -> "טלפון?"
[SERVER] need_phone; reason=invalid_phone -> "שוב, בבקשה"
[SERVER] phone_captured -> "{phone} נקלט."
[SERVER] confirm: X -> "X"
[SERVER] appointment_created: {json} -> "{say} עוד משהו?"
[SERVER] silence: still_there -> "על הקו?"
[SERVER] silence: goodbye -> "להתראות."
"""
CREATED = "[SERVER] appointment_created: " + json.dumps({"say": "נקבע למחר; בעשר."}, ensure_ascii=False)


def says(*conversation: tuple[str, str]) -> str:
    return reply(TABLE, [Said(role, text) for role, text in conversation])


def order(item: str) -> str:
    return says(("assistant", "שלום!"), ("user", "מחר בשש"), ("system", item))


def test_it_begins_with_the_greeting():
    assert says() == "שלום!"


def test_without_an_item_it_says_what_there_is_to_say_without_one():
    assert says(("assistant", "שלום!"), ("user", "אני רוצה תור")) == "איזה יום?"
    assert says(("assistant", "שלום!"), ("user", "")) == "אפשר לחזור?"
    assert says(("assistant", "שלום!"), ("user", "טוב, ביי")) == "יום נעים!"
    assert says(("assistant", "שלום!"), ("user", "הביילוק שלי")) == "איזה יום?"


def test_it_obeys_the_servers_items():
    assert order("[SERVER] slot_available: 2026-11-23 18:00") == "פנוי. לקבוע?"
    assert order("[SERVER] need_phone") == "טלפון?"
    assert order("[SERVER] need_phone; reason=invalid_phone") == "שוב, בבקשה"
    assert order("[SERVER] phone_captured: 052-000-0147") == "052-000-0147 נקלט."
    assert order("[SERVER] confirm: הכוונה ליום שני; נכון?") == "הכוונה ליום שני; נכון?"
    assert order(CREATED) == "נקבע למחר; בעשר. עוד משהו?"
    assert order("[SERVER] silence: still_there") == "על הקו?"
    assert order("[SERVER] silence: goodbye") == "להתראות."


def test_alternatives_are_spoken_with_day_and_hour():
    item = (
        "[SERVER] slot_unavailable: 2026-11-21 18:00; reason=slot_taken; alternatives=2026-11-21 17:00,2026-11-22 10:30"
    )
    assert order(item) == "תפוס. יש שבת, 21 בנובמבר, בשעה 17:00 או יום ראשון, 22 בנובמבר, בשעה 10:30."
    assert order("[SERVER] slot_unavailable: 2026-11-21 18:00; reason=slot_taken; alternatives=") == "תפוס. יום אחר?"
    outside = "[SERVER] slot_unavailable: 2026-11-21 05:00; reason=outside_hours; alternatives=2026-11-22 10:00"
    assert order(outside) == "סגור אז. יש יום ראשון, 22 בנובמבר, בשעה 10:00."


def test_a_time_is_told_as_somebody_says_it_who_knows_the_day():
    table = 'היום יום ראשון, 22/11/2026, השעה 12:00\n[SERVER] slot_available -> "פנוי: {when}. לקבוע?"'
    free = [Said("system", "[SERVER] slot_available: 2026-11-23 18:00")]
    assert reply(table, free) == "פנוי: מחר, בשעה שש בערב. לקבוע?"
    free = [Said("system", "[SERVER] slot_available: 2026-12-06 09:30")]
    assert reply(table, free) == "פנוי: יום ראשון, שישה בדצמבר, בשעה תשע וחצי בבוקר. לקבוע?"


def test_without_the_day_a_time_is_told_by_its_date():
    free = [Said("system", "[SERVER] slot_available: 2026-11-23 18:00")]
    assert reply('[SERVER] slot_available -> "פנוי: {when}."', free) == "פנוי: יום שני, 23 בנובמבר, בשעה 18:00."


def test_a_missing_line_shows():
    assert order("[SERVER] need_name") == "(no instruction for need_name)"
    assert reply("Be nice.", []) == "(no instruction for greeting)"


def test_an_item_is_obeyed_once():
    done = [("system", "[SERVER] need_phone"), ("assistant", "טלפון?"), ("user", "רגע")]
    assert says(*done) == "איזה יום?"


def test_several_items_are_obeyed_in_their_order():
    items = [("user", "מחר"), ("system", "[SERVER] phone_captured: 052-000-0147"), ("system", CREATED)]
    assert says(*items) == "052-000-0147 נקלט. נקבע למחר; בעשר. עוד משהו?"


def test_what_was_done_is_told_even_after_the_caller_spoke_in_between():
    assert says(("system", CREATED), ("user", "רגע")) == "נקבע למחר; בעשר. עוד משהו?"
    assert says(("assistant", "שלום!"), ("system", "[SERVER] need_phone"), ("user", "רגע")) == "איזה יום?"


def test_a_reply_of_which_nothing_was_heard_was_never_said():
    unheard = [Said("user", "מחר"), Said("system", "[SERVER] need_phone"), Said("assistant", "טלפון?", heard=False)]
    assert reply(TABLE, unheard) == "טלפון?"
