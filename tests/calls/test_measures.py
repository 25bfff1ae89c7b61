"""What a process counts for Prometheus."""

from __future__ import annotations

from calls.measures import Measures


def test_a_fresh_process_has_counted_nothing() -> None:
    text = Measures().text(live_calls=0)

    assert "agentlocator_live_calls 0\n" in text
    assert "agentlocator_provider_losses_total 0\n" in text
    assert 'agentlocator_turn_seconds_bucket{step="total",le="+Inf"} 0\n' in text
    assert "agentlocator_calls_total{" not in text


def test_what_happens_is_counted_under_its_label() -> None:
    measures = Measures()
    measures.call_ended("booked")
    measures.call_ended("booked")
    measures.call_ended("")
    measures.false_claim("price")
    measures.provider_lost()
    measures.dropped("transcript")
    measures.dropped("caller_audio", 3)
    measures.dropped("reply_audio", 0)

    lines = measures.text(live_calls=4).splitlines()

    assert "agentlocator_live_calls 4" in lines
    assert 'agentlocator_calls_total{outcome="booked"} 2' in lines
    assert 'agentlocator_calls_total{outcome="unknown"} 1' in lines
    assert 'agentlocator_false_claims_total{kind="price"} 1' in lines
    assert "agentlocator_provider_losses_total 1" in lines
    assert 'agentlocator_dropped_total{queue="caller_audio"} 3' in lines
    assert not [line for line in lines if "reply_audio" in line]


def test_a_turn_falls_into_every_bucket_that_holds_it() -> None:
    measures = Measures()
    measures.turn_measured({"TOTAL_LATENCY_MS": 1400, "STT_FINAL_MS": 0, "BARGE_IN_HIT": True, "EOU_REASON": "vad"})
    measures.turn_measured({"TOTAL_LATENCY_MS": 60_000, "BARGE_IN_HIT": False, "EOU_REASON": "keypad"})

    lines = measures.text(live_calls=0).splitlines()

    totals = [line.rpartition(" ")[2] for line in lines if 'bucket{step="total"' in line]
    assert totals == ["0", "0", "0", "0", "0", "1", "1", "1", "1", "1", "1", "1", "2"]
    assert 'agentlocator_turn_seconds_sum{step="total"} 61.400' in lines
    assert 'agentlocator_turn_seconds_count{step="total"} 2' in lines
    assert 'agentlocator_turn_seconds_bucket{step="stt_final",le="0.1"} 1' in lines
    assert "agentlocator_barge_ins_total 1" in lines


def test_a_label_cannot_break_out_of_its_quotes() -> None:
    measures = Measures()
    measures.false_claim('a"}\n1 \\')

    assert 'agentlocator_false_claims_total{kind="a\\"}\\n1 \\\\"} 1\n' in measures.text(live_calls=0)


def test_every_line_is_a_comment_or_a_sample() -> None:
    for line in Measures().text(live_calls=0).splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or float(line.rpartition(" ")[2]) >= 0
