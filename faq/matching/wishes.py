"""Words that want a deed, or a look into the customer's own case: no general answer is right for them."""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.hebrew import Context, parse
from booking.hebrew.phrases import phrases, words_in
from faq.matching.words import bases, words_of

# The hour decides nothing here but is needed to read one: a Wednesday morning, far from midnight and the clock change.
_ANY_MORNING = datetime(2026, 1, 14, 9, 0, tzinfo=ZoneInfo("Asia/Jerusalem"))
_DEEDS = frozenset(("book", "reschedule", "cancel"))
_NAMED = words_in(
    """
    תור תורים תורה פגישה פגישות לקבוע תקבע תקבעי תקבעו קובעים להירשם תרשום תרשמי לרשום להזיז לדחות להקדים לבטל שולחן
    """
)
_FREE = words_in("פנוי פנויה פנויים מקום מועד חלון להזמין תזמין תזמיני לשנות שיעור אימון")
_OWN_CASE = phrases(
    "התור שלי", "הפגישה שלי", "יש לי תור", "נקבע לי", "קבעתי", "קבענו", "כבר מוכן", "כבר מוכנה", "כבר מוכנים",
    "השארתי אצלכם", "השארתי אצלך", "שכחתי אצלכם", "שכחתי אצלך", "חייבתם אותי", "חויבתי", "התוצאה של", "התוצאות שלי",
    "ההזמנה שלי", "מתי התור", "הזמנתי אצלכם", "קיבלתי מכם", "שילמתי",
)  # fmt: skip  # a list

_WHEN_IS_MINE = re.compile(r" מתי (?:יש לי|ה[א-ת]+ שלי) ")


class Wish(Enum):
    NONE = "none"
    POSSIBLE = "possible"  # unless an entry is plainly about it: אפשר לשבת במרפסת
    CERTAIN = "certain"


@lru_cache(maxsize=512)
def wish_in(text: str) -> Wish:
    """Whether it asks to book, move or cancel, or about what this customer has already."""
    meant = parse(text, _ANY_MORNING, Context())
    words = words_of(text)
    said = f" {' '.join(words)} "
    if meant.intent == "cancel" or any(phrase in said for phrase in _OWN_CASE) or _WHEN_IS_MINE.search(said):
        return Wish.CERTAIN
    if meant.intent not in _DEEDS:
        return Wish.NONE
    if any(_NAMED & set(bases(word)) for word in words):
        return Wish.CERTAIN
    timed = meant.date or meant.time or meant.part or meant.date_range or meant.time_range or meant.source
    return Wish.POSSIBLE if timed or any(_FREE & set(bases(word)) for word in words) else Wish.NONE


def is_wish(text: str) -> bool:
    return wish_in(text) is not Wish.NONE
