"""What form fields do to what people write."""

from crm.admin.fields import OwnWordsField


def test_an_owner_s_words_come_back_from_a_browser_as_they_were():
    words, sent = "שורה ראשונה\nשורה שנייה\n", "שורה ראשונה\r\nשורה שנייה\r\n"
    field = OwnWordsField()

    assert field.clean(sent) == words
    assert not field.has_changed(words, sent)
    assert field.has_changed(words, "שורה אחרת")
