"""The provider stumbles: the call goes on, and nobody waits in silence."""

from calls.conversation import actions as do
from calls.conversation import events as ev
from tests.support.scripted_call import ScriptedCall, only


def test_a_lost_session_is_replaced_and_the_new_one_knows_what_was_said():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור", intent="book")
    call.assistant_says("מה השם המלא, בבקשה?")

    assert only(call.provider_is_lost(), do.OpenSession) == [do.OpenSession(2)]
    told = only(call.time_passes(800).provider_is_ready(), do.AddHistoryItem)

    assert [(item.speaker, item.text) for item in told] == [
        ("assistant", "שלום, הגעתם למספרה. איך אפשר לעזור?"),
        ("caller", "אני רוצה תור"),
        ("assistant", "מה השם המלא, בבקשה?"),
    ]
    assert not call.conversation.turns.busy


def test_what_was_being_asked_when_the_session_was_lost_is_asked_again():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור", intent="book")
    response = call.response_begins()
    item = call.audio_arrives(response, 400)
    call.audio_is_sent(item, 400)
    call.provider_is_lost()
    call.time_passes(400).mark_returns(item, 400)
    again = call.provider_is_ready()

    assert [action.text for action in only(again, do.AddServerItem)] == ["[SERVER] need_name"]
    assert only(again, do.CreateResponse)


def test_the_second_loss_hands_the_call_to_the_keys():
    call = ScriptedCall().greeted()
    call.provider_is_lost()
    call.provider_is_ready()
    call.provider_is_lost()

    assert call.lines() == ["offline_menu_no_person"]


def test_a_provider_that_cannot_be_paid_is_not_asked_again():
    call = ScriptedCall().greeted()
    lost = call.provider_is_lost("insufficient_quota", fatal=True)

    assert not only(lost, do.OpenSession)
    assert call.lines() == ["offline_menu_no_person"]


def test_a_provider_that_is_unreachable_at_the_ring_leads_to_the_keys():
    call = ScriptedCall()
    call.provider_is_lost("unreachable")
    call.happens(ev.CallAnswered(300, call.facts))

    assert call.lines() == ["offline_menu_no_person"]


def test_a_person_can_be_chosen_while_the_business_is_open():
    call = ScriptedCall(can_transfer=True, open_ms=((0, 3_600_000),)).greeted()
    call.provider_is_lost(fatal=True)
    assert call.lines() == ["offline_menu"]
    call.line_is_heard(4000)
    call.caller_chooses("0")
    assert call.lines()[-1] == "transfer_start"
    call.line_is_heard(2500)

    assert call.last(do.HandOver).to == "transfer"
    assert call.last(do.FinishCall).outcome == "transferred"


def test_a_message_can_always_be_left():
    call = ScriptedCall().greeted()
    call.provider_is_lost(fatal=True)
    call.line_is_heard(4000)
    call.caller_chooses("2")

    assert call.last(do.HandOver).to == "voicemail"


def test_a_line_that_cannot_be_heard_leaves_the_caller_to_the_carrier():
    call = ScriptedCall().greeted()
    call.provider_is_lost(fatal=True)
    call.happens(ev.LineQueued(call.now, call.last(do.PlayLine).item_id, 0))

    assert call.last(do.HandOver).to == "voicemail"


def test_an_appointment_can_be_booked_by_keys_alone():
    call = ScriptedCall(caller_phone="+972521234567", caller_name="דנה לוי").greeted()
    call.provider_is_lost(fatal=True)
    call.line_is_heard(4000)
    call.caller_chooses("1")
    find = call.last(do.FindSlots)
    call.happens(ev.SlotsFound(call.now, find.request_id, ("2026-11-23 10:00", "2026-11-23 11:00")))
    call.line_is_heard(5000)
    call.caller_chooses("1")
    book = call.last(do.BookAppointment)
    assert (book.start, book.name, book.phone) == ("2026-11-23 10:00", "דנה לוי", "+972521234567")

    answer = ev.SlotAnswer(ok=True, appointment_id=7, start_iso="2026-11-23T10:00:00+02:00", customer_name="דנה לוי")
    call.happens(ev.BookingAnswered(call.now, book.request_id, answer))
    assert call.lines()[-1] == "offline_booked"
    call.line_is_heard(4000)

    assert call.all(do.HangUp)
    assert call.last(do.FinishCall).outcome == "booked"


def test_a_session_that_nears_its_end_is_renewed_while_nobody_speaks():
    call = ScriptedCall().greeted()
    assert do.StartTimer("renewal", 55 * 60_000) in call.did
    call.time_passes(55 * 60_000)

    assert only(call.happens_timer("renewal"), do.OpenSession) == [do.OpenSession(2)]
    told = call.time_passes(600).provider_is_ready()
    assert only(told, do.AddHistoryItem)
    assert not only(told, do.CreateResponse)


def test_a_renewal_waits_for_the_caller_to_finish():
    call = ScriptedCall().greeted()
    call.caller_starts()
    call.time_passes(55 * 60_000)

    assert call.happens_timer("renewal") == [do.StartTimer("renewal", 20_000)]


def test_three_seconds_without_an_answer_are_bridged_by_a_word_of_ours():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור", intent="book")
    assert do.StartTimer("waiting", 3_000) in call.did
    call.time_passes(3_000).happens_timer("waiting")

    assert call.lines() == ["moment"]
    call.line_is_heard(700)
    assert call.last(do.StartTimer) == do.StartTimer("waiting", 3_000)


def test_an_answer_in_time_needs_no_such_word():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור", intent="book")
    call.time_passes(900)
    item = call.assistant_begins("מה השם המלא, בבקשה?", 800)

    assert not call.conversation.waiting.running
    call.time_passes(800).mark_returns(item, 800)
    assert not call.lines()


def test_a_reply_that_stops_in_mid_sentence_is_said_again():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור", intent="book")
    response = call.response_begins()
    item = call.audio_arrives(response, 500)
    call.audio_is_sent(item, 500)
    call.time_passes(500).mark_returns(item, 500)
    call.time_passes(3_000).happens_timer("waiting")
    call.line_is_heard(700)
    again = call.happens(ev.ResponseDone(call.now, response, "cancelled"))

    assert only(call.did, do.CancelResponse) == [do.CancelResponse(response)]
    assert only(again, do.CreateResponse)


def test_a_provider_in_haste_is_given_a_moment():
    call = ScriptedCall().answered()
    response = call.response_begins()
    refused = call.happens(ev.ResponseDone(call.now, response, "failed", "rate_limit_exceeded"))

    assert not only(refused, do.CreateResponse)
    assert do.StartTimer("retry", 1_500) in refused
    assert only(call.time_passes(1_500).happens_timer("retry"), do.CreateResponse)


def test_a_cached_greeting_is_heard_before_the_provider_is_there():
    call = ScriptedCall(greeting="שלום, הגעתם למספרה. איך אפשר לעזור?", greeting_at_hand=True)
    call.happens(ev.CallAnswered(0, call.facts))
    assert call.lines() == ["greeting"]
    ready = call.time_passes(300).provider_is_ready()

    assert only(ready, do.AddHistoryItem)[0].text == "שלום, הגעתם למספרה. איך אפשר לעזור?"
    assert not only(ready, do.CreateResponse)


def test_a_caller_who_comes_back_from_a_person_is_offered_to_leave_a_message():
    call = ScriptedCall(resumed="transfer_failed", history=(("caller", "אפשר לדבר עם דנה?"),), first_line=7).answered()

    assert call.last(do.AddHistoryItem).text == "אפשר לדבר עם דנה?"
    assert call.items() == ["[SERVER] fact: אין מענה כרגע. אפשר להשאיר הודעה, ונחזור אליכם."]
    assert call.last(do.SaveTurn).index == 7


def test_the_call_ends_politely_at_its_limit():
    call = ScriptedCall(max_call_ms=10 * 60_000).greeted()
    assert do.StartTimer("limit", 9 * 60_000) in call.did
    call.time_passes(9 * 60_000).happens_timer("limit")
    assert "נצטרך לסיים" in call.items()[-1]
    call.assistant_says("נצטרך לסיים בעוד רגע. יש עוד משהו קצר?")
    call.time_passes(60_000).happens_timer("limit")
    call.caller_says("רגע, עוד שאלה", intent="question")
    call.assistant_says("כאן נסיים. אפשר להתקשר שוב בכל עת, להתראות.")
    for _ in range(3):
        if not call.conversation.ended:
            call.time_passes(10_000).happens_timer("goodbye")

    assert call.last(do.HangUp).reason == "the call's limit was reached"


def test_a_call_that_costs_too_much_ends_politely():
    call = ScriptedCall(max_cost_microusd=100_000).answered()
    response = call.response_begins()
    call.audio_arrives(response, 500)
    call.happens(ev.ResponseDone(call.now, response, "completed", cost_microusd=120_000))
    call.time_passes(500).mark_returns(f"item_{response}", 500)

    assert "נצטרך לסיים" in call.items()[-1]
    assert call.last(do.StartTimer).name in ("limit", "response", "waiting")
    assert do.StartTimer("limit", 30_000) in call.did


def test_a_word_into_the_hand_over_does_not_take_it_back():
    call = ScriptedCall(can_transfer=True, open_ms=((0, 3_600_000),)).greeted()
    call.caller_says("אפשר לדבר עם נציג?", wants_person=True, wants_to_talk=True)
    call.line_begins(2500)
    call.time_passes(400)
    call.caller_utters("תודה רבה לך")
    call.time_passes(300).happens_timer("goodbye")

    assert call.last(do.HandOver).to == "transfer"


def test_the_limit_is_told_by_a_line_of_ours_while_the_menu_is_open():
    call = ScriptedCall(max_call_ms=10 * 60_000).greeted()
    call.caller_keys("*")
    call.time_passes(9 * 60_000).happens_timer("limit")
    assert call.lines()[-1] == "limit_near"
    call.time_passes(60_000).happens_timer("limit")
    assert call.lines()[-1] == "limit_goodbye"
    call.line_is_heard(3000)

    assert call.last(do.HangUp).reason == "the call's limit was reached"
    assert not call.all(do.OpenSession)


def test_what_was_keyed_between_two_sessions_reaches_the_next_one():
    call = ScriptedCall().greeted()
    call.caller_says("דנה לוי, תור מחר בשש", name="דנה לוי", intent="book")
    call.assistant_says("מה מספר הטלפון?")
    call.provider_is_lost()
    call.caller_keys("0521234567#")
    assert "[SERVER] phone_captured: 052-123-4567" not in call.items()
    ready = only(call.time_passes(900).provider_is_ready(), do.AddHistoryItem, do.AddServerItem)

    assert "[SERVER] phone_captured: 052-123-4567" in call.items()
    assert isinstance(ready[0], do.AddHistoryItem)


def test_a_later_session_knows_the_number_that_was_keyed_in_an_earlier_one():
    call = ScriptedCall().greeted()
    call.caller_says("דנה לוי, תור מחר בשש", name="דנה לוי", intent="book")
    call.assistant_says("מה מספר הטלפון?")
    call.caller_keys("0521234567#")
    call.provider_is_lost()
    told = only(call.provider_is_ready(), do.AddHistoryItem)

    assert ("server", "[SERVER] phone_captured: 052-123-4567") in [(item.speaker, item.text) for item in told]


def test_a_reply_of_a_lost_session_is_cut_without_a_word_to_the_next_one():
    call = ScriptedCall().greeted()
    call.caller_says("מה השעות שלכם?", intent="question")
    item = call.assistant_begins("פתוח מתשע עד שמונה, ובשישי עד שתיים.", 4000)
    call.audio_is_sent(item, 4000)
    call.provider_is_lost()
    call.provider_is_ready()
    call.time_passes(500)
    call.caller_says("רגע, ובשבת?", intent="question")

    assert call.all(do.StopPlayback)
    assert not call.all(do.TruncateReply)


def test_words_that_a_lost_session_had_not_written_down_are_still_owed_an_answer():
    call = ScriptedCall().greeted()
    user = call.caller_starts()
    call.time_passes(2_000).caller_stops(user)
    call.provider_is_lost()

    assert call.conversation.waiting.running
    call.time_passes(2_600).happens_timer("waiting")
    assert call.lines() == ["moment"]


def test_a_caller_who_speaks_while_there_is_no_session_is_not_left_in_silence():
    call = ScriptedCall().greeted()
    call.provider_is_lost()
    assert call.conversation.wants_loudness
    loud = call.time_passes(200).happens(ev.CallerLoud(call.now))

    assert do.StartTimer("waiting", 3_000) in loud


def test_what_a_session_tells_that_was_given_up_is_nobodys():
    call = ScriptedCall().greeted()
    call.provider_is_lost("insufficient_quota", fatal=True)

    assert call.happens(ev.SpeechStarted(call.now, "user_9")) == [
        do.Ignored("SpeechStarted", "the call goes on without the provider")
    ]


def test_a_session_that_was_given_up_and_cannot_be_replaced_leaves_the_caller_to_the_keys():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור", intent="book")
    for _ in range(2):
        call.happens(ev.ResponseDone(call.now, call.response_begins(), "failed"))
    assert call.all(do.OpenSession)
    call.happens(ev.ProviderError(call.now, "renewal_failed"))

    assert call.lines() == ["offline_menu_no_person"]


def test_a_false_sentence_that_was_about_to_be_cut_takes_no_line_of_ours_with_it():
    call = ScriptedCall().greeted()
    call.provider_is_lost()
    call.provider_is_ready()
    call.caller_says("אני רוצה תור", intent="book")
    item = call.audio_arrives(call.response_begins(), 3000)
    call.audio_is_sent(item, 300)
    call.assistant_words(item, "בשמחה, אפשר לעזור בזה. ")
    call.audio_arrives(f"resp_{call._responses}", 1000)
    call.assistant_words(item, "קבעתי לך תור למחר בשש.")
    assert [action for action in call.all(do.StartTimer) if action.name == "cut"]
    call.provider_is_lost()
    assert call.lines() == ["offline_menu_no_person"]
    call.line_begins(4000)

    assert not only(call.time_passes(500).happens_timer("cut"), do.StopPlayback)


def test_one_goodbye_is_enough():
    call = ScriptedCall(max_call_ms=60_000).greeted()
    call.provider_is_lost()
    call.time_passes(30_000).happens_timer("limit")
    call.line_is_heard(2000)
    call.time_passes(30_000).happens_timer("limit")
    assert call.lines()[-1] == "limit_goodbye"
    call.line_begins(3000)
    call.provider_is_lost()

    assert call.lines()[-1] == "limit_goodbye"


def asked_when_the_session_broke() -> ScriptedCall:
    """A caller who waits for an answer, of which nothing was heard yet."""
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור", intent="book")
    call.response_begins()
    call.time_passes(1_500).provider_is_lost()
    return call


def test_who_waits_for_a_session_that_is_late_hears_a_line_of_ours_after_two_seconds():
    call = asked_when_the_session_broke()
    assert do.StartTimer("session", 2_000) in call.did
    call.time_passes(2_000).happens_timer("session")

    assert call.lines() == ["moment"]
    assert do.StartTimer("session", 1_500) in call.did
    call.line_is_heard(700)
    assert only(call.provider_is_ready(), do.CreateResponse)


def test_a_session_that_does_not_come_is_given_up_before_four_seconds_of_silence():
    call = asked_when_the_session_broke()
    call.time_passes(2_000).happens_timer("session")
    call.line_is_heard(700)
    call.time_passes(800).happens_timer("session")

    assert call.lines() == ["moment", "offline_menu_no_person"]


def test_nobody_is_told_to_wait_who_waits_for_nothing():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור", intent="book")
    call.assistant_says("מה השם המלא, בבקשה?")
    call.provider_is_lost()
    call.time_passes(2_000).happens_timer("session")

    assert not call.lines()


def test_a_renewal_of_a_session_that_serves_has_more_time():
    call = ScriptedCall().greeted()
    call.time_passes(55 * 60_000).happens_timer("renewal")
    assert do.StartTimer("session", 6_000) in call.did
    call.time_passes(6_000).happens_timer("session")

    assert not call.lines()
    assert call.last(do.StartTimer) != do.StartTimer("session", 1_500)
