"""Who speaks when: one response at a time, interruptions, silence, the end."""

from calls.conversation import actions as do
from calls.conversation import events as ev
from tests.support.scripted_call import ScriptedCall, only


def test_the_assistant_speaks_first_once_carrier_and_provider_are_ready():
    call = ScriptedCall()
    assert not only(call.happens(ev.CallAnswered(0, call.facts)), do.CreateResponse)
    assert only(call.happens(ev.ProviderReady(200)), do.CreateResponse)


def test_a_provider_that_never_gets_ready_leaves_the_caller_to_the_keys():
    call = ScriptedCall()
    call.happens(ev.CallAnswered(0, call.facts))
    call.now = 6000
    call.happens_timer("session")

    assert call.lines() == ["offline_menu_no_person"]


def test_caller_interrupts_and_the_reply_is_cut_where_it_was_heard():
    call = ScriptedCall().answered()
    response = call.response_begins()
    item = call.audio_arrives(response, 3000)
    call.audio_is_sent(item, 300)
    call.time_passes(200).mark_returns(item, 200)
    call.audio_is_sent(item, 500)
    call.time_passes(150)

    user = call.caller_starts()
    assert call.did[-3:-1] == [do.PausePlayback(1), do.StartTimer("barge_in", 800)]

    call.time_passes(1400)
    call.caller_stops(user, 900)
    assert not call.all(do.StopPlayback)  # it may still be a long "כן, כן"
    call.time_passes(300).happens(ev.CallerTranscript(call.now, user, "רגע, לא ביום ראשון"))
    cut = only(call.did, do.StopPlayback, do.CancelResponse, do.TruncateReply)
    assert cut == [do.StopPlayback(1), do.CancelResponse(response), do.TruncateReply(item, 0, 350)]
    assert call.all(do.SaveTurn)[-2].heard_fraction == round(350 / 3000, 3)


def test_a_backchannel_resumes_the_reply_from_where_it_was_heard():
    call = ScriptedCall().answered()
    item = call.assistant_begins("הספר פתוח היום עד שמונה", 2000)
    call.time_passes(600)

    user = call.caller_starts()
    call.time_passes(700)
    call.caller_stops(user, 300)
    call.happens(ev.CallerTranscript(call.now + 200, user, "אהה"))

    assert call.last(do.ResumePlayback) == do.ResumePlayback(1, item, 600)
    assert call.last(do.DeleteItem).item_id == user
    assert not call.all(do.TruncateReply)


def test_a_click_resumes_when_no_words_follow():
    call = ScriptedCall().answered()
    item = call.assistant_begins("הספר פתוח היום עד שמונה", 2000)
    call.time_passes(500)
    call.happens(ev.CallerLoud(call.now))
    call.time_passes(1200)
    call.happens_timer("barge_in")

    assert call.last(do.ResumePlayback) == do.ResumePlayback(1, item, 500)


def test_yes_to_a_question_that_was_heard_is_the_answer_even_while_it_ends():
    call = ScriptedCall(require_phone=False).greeted()
    call.caller_says("דנה, יש מחר בשש?", name="דנה", intent="book", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    item = call.assistant_begins("הזמן הזה פנוי. רוצה שאקבע?", 2000)
    call.time_passes(1800).mark_returns(item, 1800)

    call.caller_says("כן", intent="yes")

    assert call.all(do.BookAppointment)


def test_speech_shorter_than_a_word_leaves_the_conversation_and_gets_no_answer():
    call = ScriptedCall().greeted()
    before = len(call.all(do.CreateResponse))
    call.caller_utters("א", speech_ms=120)

    assert call.all(do.DeleteItem)
    assert len(call.all(do.CreateResponse)) == before


def test_audio_of_a_cancelled_response_is_not_played():
    call = ScriptedCall().answered()
    response = call.response_begins()
    call.audio_arrives(response, 1000)
    call.caller_keys("0")
    actions = call.happens(ev.ReplyAudio(call.now, response, f"item_{response}", 0, 500))

    assert do.DiscardReply(response) in call.did
    assert only(actions, do.Ignored)
    assert not call.conversation.playback.pending


def test_a_response_that_is_not_created_is_asked_for_once_more_and_then_its_session_is_given_up():
    call = ScriptedCall().answered()
    again = call.happens_timer("response")
    assert only(again, do.CreateResponse) == [do.CreateResponse("r1.2")]
    assert only(call.happens_timer("response"), do.OpenSession)


def test_an_active_response_of_somebody_else_delays_ours():
    call = ScriptedCall().answered()
    assert not only(
        call.happens(ev.ProviderError(10, "conversation_already_has_active_response", "r1")), do.CreateResponse
    )
    after = call.happens(ev.ResponseDone(400, "resp_other", "completed"))
    assert len(only(after, do.CreateResponse)) == 1


def test_an_active_response_that_ended_before_the_error_does_not_stall_us():
    call = ScriptedCall().answered()
    call.happens(ev.ResponseDone(5, "resp_other", "completed"))
    after = call.happens(ev.ProviderError(10, "conversation_already_has_active_response", "r1"))
    assert len(only(after, do.CreateResponse)) == 1


def test_a_response_nobody_asked_for_is_cancelled():
    call = ScriptedCall().greeted()
    assert call.happens(ev.ResponseCreated(call.now, "resp_x", ""))[:1] == [do.CancelResponse("resp_x")]


def test_a_failed_response_is_asked_for_once_more():
    call = ScriptedCall().answered()
    response = call.response_begins()
    assert only(call.happens(ev.ResponseDone(300, response, "failed")), do.CreateResponse)


def test_the_assistant_waits_until_the_caller_has_finished():
    call = ScriptedCall().greeted()
    call.caller_utters("אני רוצה")
    item = call.caller_starts()
    call.happens(ev.Understood(call.now, call.last(do.RunUnderstanding).request_id, ev.Reading(intent="book")))
    before = len(call.all(do.CreateResponse))
    call.time_passes(1500)
    call.caller_stops(item)
    assert len(call.all(do.CreateResponse)) == before
    request = call.last(do.RunUnderstanding, of=call.happens(ev.CallerTranscript(call.now, item, "תור")))
    call.happens(ev.Understood(call.now, request.request_id, ev.Reading(intent="book")))
    assert len(call.all(do.CreateResponse)) == before + 1


def test_fifteen_seconds_of_silence_ask_once_and_fifteen_more_end_the_call():
    call = ScriptedCall().greeted()
    assert call.last(do.StartTimer) == do.StartTimer("silence", 15_000)
    call.time_passes(15_000).happens_timer("silence")
    assert call.items() == ["[SERVER] silence: still_there"]
    call.assistant_says("אתה עדיין על הקו?")

    call.time_passes(15_000).happens_timer("silence")
    assert call.items()[-1] == "[SERVER] silence: goodbye"
    call.assistant_says("להתראות")

    assert call.last(do.HangUp).reason == "the caller was silent"
    assert call.conversation.ended


def test_a_goodbye_plays_out_before_the_call_ends():
    call = ScriptedCall().greeted()
    call.caller_says("תודה רבה, להתראות", farewell=True)
    item = call.assistant_begins("תודה על השיחה, יום נעים!", 1500)
    assert not call.all(do.HangUp)

    call.time_passes(1500).mark_returns(item, 1500)

    assert call.last(do.HangUp).reason == "the caller said goodbye"


def test_new_words_take_the_goodbye_back():
    call = ScriptedCall().greeted()
    call.caller_says("להתראות", farewell=True)
    call.assistant_begins("תודה על השיחה, יום נעים!", 1500)
    call.time_passes(500)
    call.caller_says("רגע, שכחתי לשאול משהו על המחיר", intent="question")
    call.assistant_says("בשמחה")

    assert not call.all(do.HangUp)
    assert not call.conversation.ended


def test_nothing_is_done_after_the_end():
    call = ScriptedCall().greeted()
    call.hangs_up()
    assert call.happens(ev.KeyPressed(call.now, "1")) == [do.Ignored("KeyPressed", "the call is over")]


def test_marks_of_a_cleared_generation_do_not_count_as_heard():
    call = ScriptedCall().answered()
    item = call.assistant_begins("הספר פתוח היום עד שמונה", 2000)
    call.time_passes(300)
    call.caller_starts()
    call.happens(ev.MarkReturned(call.now, f"g0:{item}:2000"))

    assert call.conversation.playback.current.heard_ms == 300


def test_keys_pressed_in_silence_do_not_make_later_marks_strangers():
    call = ScriptedCall().greeted()
    call.caller_keys("0521234567#")
    item = call.assistant_begins("איזה יום ושעה נוחים?", 1000)
    call.time_passes(1000)
    call.mark_returns(item, 1000)

    assert not call.conversation.playback.pending


def test_a_transcript_that_never_comes_still_gets_an_answer():
    call = ScriptedCall().greeted()
    item = call.caller_starts()
    call.time_passes(1500)
    call.caller_stops(item)
    call.time_passes(4000)
    assert only(call.happens_timer("transcript"), do.CreateResponse)


def test_each_exchange_is_timed_from_the_moment_the_caller_stopped():
    call = ScriptedCall().greeted()
    item = call.caller_starts()
    call.time_passes(2000)
    call.caller_stops(item)  # the caller stopped 500 ms ago
    call.time_passes(100).happens(ev.TranscriptStarted(call.now, item, "כמה"))
    call.time_passes(100).happens(ev.CallerTranscript(call.now, item, "כמה עולה תספורת?"))
    call.happens(ev.Understood(call.now, call.last(do.RunUnderstanding).request_id, ev.Reading(intent="question")))
    response = call.response_begins()
    call.time_passes(300)
    reply = call.audio_arrives(response, 1000)
    call.time_passes(10)
    call.audio_is_sent(reply, 200)
    call.time_passes(260).mark_returns(reply, 200)

    assert call.last(do.SaveTurn).metrics == {
        "STT_FIRST_PARTIAL_MS": 600,
        "STT_FINAL_MS": 700,
        "AI_FIRST_AUDIO_MS": 1000,
        "TTS_READY_MS": 1000,
        "FIRST_AUDIO_SENT_MS": 1010,
        "TOTAL_LATENCY_MS": 1070,
        "BARGE_IN_HIT": False,
        "EOU_REASON": "vad",
    }


def test_a_word_whose_length_nobody_tells_is_taken_by_its_transcript():
    call = ScriptedCall().greeted()
    item = call.caller_starts()
    call.caller_stops(item, speech_ms=0)
    assert only(call.happens(ev.CallerTranscript(call.now, item, "כן")), do.RunUnderstanding)


def test_a_transcript_of_an_utterance_nobody_announced_is_a_turn_once():
    call = ScriptedCall().greeted()
    assert only(call.happens(ev.CallerTranscript(call.now, "user_x", "מחר בשש")), do.RunUnderstanding)
    assert only(call.happens(ev.CallerTranscript(call.now, "user_x", "מחר בשש")), do.Ignored)


def test_a_response_that_does_not_repeat_our_metadata_is_ours_while_we_wait_for_one():
    call = ScriptedCall().answered()
    call.happens(ev.ResponseCreated(call.now, "resp_1", ""))
    item = call.audio_arrives("resp_1", 500)
    assert call.conversation.playback.current.item_id == item


def test_a_reply_that_was_heard_to_its_end_while_paused_is_over_and_the_next_one_plays():
    call = ScriptedCall().answered()
    response = call.response_begins()
    item = call.audio_arrives(response, 500)
    call.audio_is_sent(item, 500)
    call.time_passes(600)
    call.happens(ev.CallerLoud(call.now))
    call.happens(ev.ReplyAudioDone(call.now, item))
    call.happens(ev.ResponseDone(call.now, response, "completed"))
    call.time_passes(1200).happens_timer("barge_in")

    assert call.last(do.ResumePlayback).item_id == ""
    assert not call.conversation.playback.pending
    assert call.last(do.SaveTurn).heard_fraction == 1.0


def test_a_noisy_place_holds_a_reply_once_and_then_lets_it_be_heard():
    call = ScriptedCall().answered()
    call.assistant_begins("הספר פתוח היום עד שמונה", 4000)
    call.time_passes(300).happens(ev.CallerLoud(call.now))
    call.time_passes(1200).happens_timer("barge_in")
    item = call.conversation.playback.current.item_id
    call.audio_is_sent(item, 600)

    assert call.happens(ev.CallerLoud(call.now)) == []

    call.time_passes(100)
    call.caller_starts()
    assert call.last(do.PausePlayback).generation == 2


def test_speech_that_nobody_ends_is_over_after_thirty_seconds_and_answered():
    call = ScriptedCall().greeted()
    call.caller_starts()
    assert call.last(do.StartTimer) == do.StartTimer("utterance", 30_000)
    call.time_passes(30_000).happens_timer("utterance")
    call.time_passes(4_000)

    assert only(call.happens_timer("transcript"), do.CreateResponse)


def test_a_response_that_is_created_and_stays_mute_is_cancelled_and_asked_for_once_more():
    call = ScriptedCall().answered()
    response = call.response_begins()
    assert call.last(do.StartTimer) == do.StartTimer("response", 6_000)

    again = call.time_passes(6_000).happens_timer("response")

    assert only(again, do.CancelResponse, do.CreateResponse) == [do.CancelResponse(response), do.CreateResponse("r1.2")]


def test_a_cancel_that_is_never_confirmed_does_not_hold_the_next_answer():
    call = ScriptedCall().answered()
    call.audio_arrives(call.response_begins(), 3000)
    call.caller_utters("רגע, שאלה אחרת")
    call.happens(ev.Understood(call.now, call.last(do.RunUnderstanding).request_id, ev.Reading(intent="question")))
    before = len(call.all(do.CreateResponse))

    call.time_passes(2_000).happens_timer("response")

    assert len(call.all(do.CreateResponse)) == before + 1


def test_a_response_that_was_heard_and_never_said_to_be_done_does_not_hold_the_silence_watch():
    call = ScriptedCall().answered()
    item = call.audio_arrives(call.response_begins(), 500)
    call.audio_is_sent(item, 500)
    call.happens(ev.ReplyAudioDone(call.now, item))
    call.time_passes(500).mark_returns(item, 500)
    call.time_passes(2_000).happens_timer("response")

    assert call.last(do.StartTimer) == do.StartTimer("silence", 15_000)


def test_a_response_without_an_end_of_audio_ends_with_the_response():
    call = ScriptedCall().answered()
    response = call.response_begins()
    item = call.audio_arrives(response, 500)
    call.audio_is_sent(item, 500)
    call.happens(ev.ResponseDone(call.now, response, "incomplete"))
    call.time_passes(500).mark_returns(item, 500)

    assert not call.conversation.playback.pending
    assert call.last(do.StartTimer) == do.StartTimer("silence", 15_000)


def test_transcripts_that_overtake_each_other_are_read_in_the_order_of_speech():
    call = ScriptedCall().greeted()
    first = call.caller_starts()
    call.caller_stops(first)
    second = call.caller_starts()
    call.caller_stops(second)

    assert not only(call.happens(ev.CallerTranscript(call.now, second, "לא, באחת עשרה")), do.RunUnderstanding)
    asked = only(call.happens(ev.CallerTranscript(call.now, first, "מחר בעשר")), do.RunUnderstanding)

    assert [action.text for action in asked] == ["מחר בעשר", "לא, באחת עשרה"]


def test_a_refused_server_item_is_sent_once_more_and_spoken_about():
    call = ScriptedCall().greeted()
    call.caller_says("אני רוצה תור", intent="book")
    item = call.last(do.AddServerItem)
    refused = call.happens(ev.ProviderError(call.now, "invalid_value", item.item_id))
    [again] = only(refused, do.AddServerItem)
    assert (again.text, again.item_id != item.item_id) == (item.text, True)

    assert only(call.happens(ev.ProviderError(call.now, "invalid_value", again.item_id)), do.OpenSession)


def test_a_long_goodbye_is_heard_to_its_end():
    call = ScriptedCall().greeted()
    call.caller_says("להתראות", farewell=True)
    item = call.assistant_begins("תודה על השיחה, יום נעים!", 12_000)
    call.time_passes(10_000).happens_timer("goodbye")
    assert not call.all(do.HangUp)

    call.time_passes(2_000).mark_returns(item, 12_000)
    assert call.all(do.HangUp)


def test_a_goodbye_that_is_never_heard_still_ends_the_call():
    call = ScriptedCall().greeted()
    call.caller_says("להתראות", farewell=True)
    for _ in range(3):
        call.time_passes(10_000)
        call.happens_timer("goodbye")
    assert call.all(do.HangUp)


def test_long_speech_without_words_is_answered_and_a_breath_is_not():
    call = ScriptedCall().greeted()
    assert only(call.caller_utters("", speech_ms=2400), do.CreateResponse)
    call.assistant_says("לא בטוח ששמעתי טוב, אפשר לחזור על זה?")
    assert not only(call.caller_utters("", speech_ms=400), do.CreateResponse)


def test_a_commit_that_comes_after_its_transcript_is_no_second_turn():
    call = ScriptedCall().greeted()
    item = call.caller_starts()
    call.happens(ev.SpeechStopped(call.now, item, 1500))
    call.happens(ev.CallerTranscript(call.now, item, "מחר בשש"))
    call.happens(ev.TurnCommitted(call.now, item))

    assert not call.conversation.floor.contested


def spoken_over(
    text: str, *, reply: str = "הספר פתוח היום עד שמונה", loud: bool = True, speech_ms: int = 900
) -> ScriptedCall:
    """A caller's sound, transcribed as `text`, that begins while the assistant says `reply`."""
    call = ScriptedCall().answered()
    item = call.audio_arrives(call.response_begins(), 3000)
    call.assistant_words(item, reply)
    call.audio_is_sent(item, 3000)
    call.time_passes(1000)
    if loud:
        call.happens(ev.CallerLoud(call.now))
    user = call.caller_starts()
    call.time_passes(speech_ms + 500)
    call.caller_stops(user, speech_ms)
    call.time_passes(300).happens(ev.CallerTranscript(call.now, user, text))
    return call


def test_an_echo_of_the_assistant_does_not_lose_its_sentence():
    call = spoken_over("פתוח היום עד", loud=False)

    assert call.last(do.ResumePlayback).from_ms == 1000
    assert not call.all(do.StopPlayback)


def test_a_caller_who_repeats_the_assistants_words_aloud_is_no_echo():
    assert spoken_over("פתוח היום עד", loud=True).all(do.StopPlayback)


def test_a_long_backchannel_does_not_lose_the_sentence():
    call = spoken_over("כן כן, אוקיי", speech_ms=1400)

    assert call.all(do.ResumePlayback)
    assert not call.all(do.StopPlayback)


def test_what_recognition_invents_on_noise_does_not_lose_the_sentence():
    assert not spoken_over("תודה שצפיתם", speech_ms=1800).all(do.StopPlayback)


def test_a_word_of_listening_that_ends_after_the_reply_is_no_turn():
    call = ScriptedCall().answered()
    item = call.assistant_begins("הספר פתוח היום עד שמונה", 1000)
    call.time_passes(900)
    user = call.caller_starts()
    call.time_passes(100).mark_returns(item, 1000)
    call.time_passes(700)
    call.caller_stops(user, 300)
    call.happens_timer("barge_in")
    call.happens(ev.CallerTranscript(call.now, user, "אהה"))

    assert not call.all(do.RunUnderstanding)


def test_speech_that_goes_on_over_the_assistant_is_an_interruption_without_waiting_for_words():
    call = ScriptedCall().answered()
    call.assistant_begins("הספר פתוח היום עד שמונה", 4000)
    call.time_passes(500)
    call.caller_starts()
    call.time_passes(800).happens_timer("barge_in")
    assert not call.all(do.StopPlayback)
    call.time_passes(2200).happens_timer("barge_in")

    assert call.all(do.StopPlayback)


def test_a_caller_who_asks_to_wait_is_told_once_that_we_are_still_there():
    call = ScriptedCall().greeted()
    call.caller_says("רגע, אני בודק ביומן", intent="none", wants_wait=True)
    since_they_asked_ms, answer_takes_ms = 800, 500
    left_ms = 3_000 - since_they_asked_ms - answer_takes_ms
    assert call.last(do.StartTimer) == do.StartTimer("silence", left_ms)
    call.time_passes(left_ms).happens_timer("silence")
    assert call.items() == ["[SERVER] fact: בסדר, אני על הקו אם צריך."]
    call.assistant_says("בסדר, אני על הקו אם צריך.")

    assert call.last(do.StartTimer) == do.StartTimer("silence", 15_000)
    call.time_passes(15_000).happens_timer("silence")
    assert call.items()[-1] == "[SERVER] silence: still_there"


def test_an_assistant_that_does_not_stop_is_stopped():
    call = ScriptedCall().answered()
    response = call.response_begins()
    for _ in range(31):
        call.audio_arrives(response, 1000)

    assert call.all(do.CancelResponse) == [do.CancelResponse(response)]


def test_pauses_between_digits_do_not_end_the_turn():
    call = ScriptedCall().greeted()
    call.caller_says("אני דנה לוי, רוצה תור", name="דנה לוי", intent="book")

    assert call.items() == ["[SERVER] need_phone"]
    assert call.last(do.SetPatience) == do.SetPatience(1_200)
    call.caller_keys("0521234567#")
    assert call.last(do.SetPatience) == do.SetPatience(500)


def test_a_single_key_chooses_from_the_menu_when_no_number_is_asked_for():
    call = ScriptedCall().greeted()
    call.caller_keys("2")
    call.time_passes(2_000).happens_timer("keypad")

    assert call.last(do.HandOver).to == "voicemail"


def test_a_star_reads_the_menu_aloud_and_words_lead_back_to_the_assistant():
    call = ScriptedCall().greeted()
    call.caller_keys("*")
    assert call.lines() or call.items()
    call.caller_says("בעצם אני רוצה תור", intent="book")

    assert call.conversation.server.menu is None
    assert call.items()[-1] == "[SERVER] need_name"


def asked_for_a_number() -> ScriptedCall:
    call = ScriptedCall().greeted()
    call.caller_says("דנה לוי, תור מחר בשש", name="דנה לוי", intent="book")
    call.assistant_says("מה מספר הטלפון?")
    return call


def test_words_in_the_middle_of_a_number_are_answered_and_the_number_goes_on():
    call = asked_for_a_number()
    call.caller_keys("05212")
    answered = call.time_passes(1_000).caller_says("רגע, אתם פתוחים בשבת?", intent="question")

    assert only(answered, do.CreateResponse)
    call.caller_keys("34567#")
    assert "[SERVER] phone_captured: 052-123-4567" in call.items()


def test_a_number_that_is_begun_again_after_an_answer_stands_alone():
    call = asked_for_a_number()
    call.caller_keys("05212")
    call.time_passes(1_000).caller_says("רגע, אתם פתוחים בשבת?", intent="question")
    call.assistant_says("בשבת סגור.")
    call.caller_keys("0521234567#")

    assert "[SERVER] phone_captured: 052-123-4567" in call.items()
    assert "05212" in [turn.text for turn in call.all(do.SaveTurn)]


def test_one_key_of_a_number_that_was_asked_for_is_helped_on():
    call = asked_for_a_number()
    call.caller_keys("0")
    call.time_passes(3_300).happens_timer("keypad")

    assert call.lines() == ["keep_keying"]


def test_nobody_is_asked_to_go_on_keying_while_they_speak():
    call = asked_for_a_number()
    call.caller_keys("05212")
    call.caller_starts()
    call.time_passes(3_300).happens_timer("keypad")

    assert not call.lines()


def test_a_star_before_the_number_clears_and_does_not_open_the_menu():
    call = ScriptedCall().greeted()
    call.caller_says("דנה לוי, תור מחר בשש", name="דנה לוי", intent="book", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    call.assistant_says("מעולה, הזמן הזה פנוי: מחר, בשעה שש בערב. רוצה שאקבע אותו עכשיו?")
    call.caller_says("כן", intent="yes")
    call.caller_keys("*0541112222#")

    assert call.conversation.server.menu is None
    assert call.last(do.BookAppointment).phone == "+972541112222"


def test_a_whole_number_keyed_into_the_menu_goes_to_the_assistant():
    call = ScriptedCall().greeted()
    call.caller_says("אני דנה לוי, תור מחר בשש", name="דנה לוי", intent="book", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    call.assistant_says("מעולה, הזמן הזה פנוי: מחר, בשעה שש בערב. רוצה שאקבע אותו עכשיו?")
    call.caller_keys("*")
    call.caller_keys("0541112222#")

    assert call.conversation.server.menu is None
    assert "[SERVER] phone_captured: 054-111-2222" in call.items()
