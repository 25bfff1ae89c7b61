"""What a caller writes is a turn like what they say, in the conversation's core."""

from calls.conversation import actions as do
from calls.conversation import events as ev
from tests.support.scripted_call import ScriptedCall, only

WANTS = "אפשר תור מחר בשש בערב?"


def writes(call: ScriptedCall, text: str) -> list[do.Action]:
    return call.happens(ev.CallerTyped(call.now, text))


def test_a_sentence_is_read_at_once_and_told_to_the_provider() -> None:
    call = ScriptedCall().greeted()

    did = writes(call.time_passes(1000), WANTS)

    assert only(did, do.AddCallerItem) == [do.AddCallerItem("typed_1", WANTS)]
    (question,) = only(did, do.RunUnderstanding)
    assert question.text == WANTS
    (line,) = only(did, do.SaveTurn)
    assert (line.speaker, line.text, line.metrics["EOU_REASON"]) == ("caller", WANTS, "typed")


def test_it_cuts_what_the_assistant_is_saying_as_real_words_do() -> None:
    call = ScriptedCall().answered()
    item = call.assistant_begins("שלום, הגעתם למספרה", 3000)
    call.audio_is_sent(item, 300)
    call.time_passes(200).mark_returns(item, 200)

    did = writes(call, WANTS)

    assert only(did, do.StopPlayback)
    assert only(did, do.TruncateReply)
    position = {type(action): at for at, action in enumerate(did)}
    assert position[do.TruncateReply] < position[do.AddCallerItem]


def test_a_question_may_be_answered_while_it_is_being_spoken() -> None:
    call = ScriptedCall().greeted()
    call.caller_says(WANTS, intent="book", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    call.assistant_begins("הזמן הזה פנוי. לקבוע אותו עכשיו?", 3000)

    writes(call.time_passes(100), "כן")
    call.happens(ev.Understood(call.now, call.last(do.RunUnderstanding).request_id, ev.Reading(intent="yes")))

    assert call.items()[-1].startswith("[SERVER] need_name")


def test_what_is_written_before_anybody_answers_is_read_then() -> None:
    call = ScriptedCall()
    call.happens(ev.CallAnswered(0, call.facts))
    assert not only(writes(call, WANTS), do.RunUnderstanding)

    assert only(call.happens(ev.ProviderReady(200)), do.RunUnderstanding)


def test_between_two_sessions_the_next_one_is_told_with_the_rest() -> None:
    call = ScriptedCall().greeted()
    call.provider_is_lost()

    assert not only(writes(call, WANTS), do.AddCallerItem)
    told = only(call.provider_is_ready(), do.AddHistoryItem)
    assert ("caller", WANTS) in [(item.speaker, item.text) for item in told]


def test_without_the_provider_nobody_reads_it() -> None:
    call = ScriptedCall().answered()
    call.provider_is_lost(fatal=True)

    assert writes(call, WANTS) == [do.Ignored("CallerTyped", "the call goes on without the provider")]


def test_the_goodbye_is_taken_back_when_the_caller_writes_on() -> None:
    call = ScriptedCall().greeted()
    call.caller_says("תודה, להתראות", farewell=True)
    call.assistant_begins("תודה על השיחה, יום נעים!", 2000)

    did = writes(call.time_passes(100), WANTS)

    assert only(did, do.RunUnderstanding)
    assert not only(did, do.HangUp)
