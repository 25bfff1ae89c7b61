"""A language model's answer counts only where its words were said."""

from booking.hebrew import Parts, verify_spans


def test_spans_said_are_accepted_through_marks_and_nikud():
    assert verify_spans(Parts(relative_days=1, hour=5, spans=("מחר", "ב־17:00")), "אפשר מָחָר ב‏-17:00?")


def test_span_that_was_not_said_is_refused():
    assert not verify_spans(Parts(relative_days=1, spans=("מחרתיים",)), "אפשר מחר?")


def test_half_a_word_is_not_a_span():
    assert not verify_spans(["מחר"], "אפשר מחרתיים?")


def test_values_without_words_are_refused():
    assert not verify_spans(Parts(hour=17), "מחר בחמש")


def test_nothing_claimed_is_nothing_wrong():
    assert verify_spans(Parts(), "מחר בחמש")


def test_phone_must_have_been_spoken():
    said = "אפס חמש שתיים, שבע שש חמש, ארבע שלוש שתיים אחת"
    assert verify_spans((), said, phone="052-765-4321")
    assert not verify_spans((), said, phone="0527654322")
    assert not verify_spans((), "תתקשרו אליי", phone="0527654321")
