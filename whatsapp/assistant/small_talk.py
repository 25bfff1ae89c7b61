"""What is no wish and no question: greetings, thanks, and what the business states of itself. Pure but for words."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from booking.wording import hours_in_words
from calls.choices import service_named
from whatsapp.assistant.scene import Scene

_PLAIN = re.compile(r"[^\w\s]|_")
_GREETINGS = frozenset(
    ("שלום", "היי", "הי", "אהלן", "בוקר טוב", "ערב טוב", "צהריים טובים", "לילה טוב", "מה נשמע", "מה שלומך", "שבוע טוב")
    + ("hello", "hi", "hey", "good morning", "good evening", "привет", "здравствуйте", "добрый день", "שבת שלום")
)
_THANKS = re.compile(
    r"(?:המון |הרבה )?תודה(?: רבה| לך| לכם)*|מעולה(?: תודה)?|סבבה(?: תודה)?|thanks|thank you|спасибо|אין על(?:יכם|יך)?"
)
_HOURS = re.compile(
    r"שעות (?:ה)?(?:פתיחה|פעילות|קבלה|עבודה)|מתי (?:אתם )?(?:פתוח|סוגר|פותח|נסגר|נפתח)"
    r"|עד מתי (?:אתם )?(?:פתוח|עובד)|(?:האם )?אתם (?:פתוח|עובד)"
    r"|opening hours|when (?:are|do) you open|часы работы",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"כמה (?:זה )?(?:עולה|עולים|עולות|יעלה)|מה (?:ה)?מחיר|מחירון|how much|price|сколько стоит", re.IGNORECASE
)
_OWN = re.compile(
    r"מתי (?:יש לי |נקבע לי |קבוע לי )?(?:ה)?תור(?:ים)?(?: שלי)?(?!\w)"
    r"|(?:יש|קבוע|רשום) לי (?:כבר )?תור|איזה תורים? יש לי"
    r"|when is my appointment|do i have an appointment",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"\?|(?<!\w)(?:האם|מתי|איפה|כמה|למה|מדוע|איך|מי|מה|אילו|איזה|איזו"
    r"|where|when|how|what|who|why|do you|can you|где|когда|сколько|как)(?!\w)",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    return " ".join(_PLAIN.sub(" ", text.casefold()).split())


def is_greeting(text: str) -> bool:
    """Greetings and nothing else, such as שלום, בוקר טוב."""
    left = f" {plain(text)} "
    for words in sorted(_GREETINGS, key=len, reverse=True):
        left = left.replace(f" {words} ", " ")
    return bool(plain(text)) and not left.strip()


def is_thanks(text: str) -> bool:
    return _THANKS.fullmatch(plain(text)) is not None


def asks_for_own(text: str) -> bool:
    """They ask which appointments they have."""
    return _OWN.search(text) is not None


def is_question(text: str) -> bool:
    return _QUESTION.search(text) is not None


def stated_answer(text: str, scene: Scene) -> str:
    """Hours and prices, as the business states them; empty for what is neither."""
    if _HOURS.search(text):
        return _("Opening hours: {hours}.").format(hours=hours_in_words(scene.told.policy))
    if not _PRICE.search(text):
        return ""
    priced = [each for each in scene.told.services if each.price]
    named = service_named(text, scene.facts.services)
    wanted = [each for each in priced if each.slug == named] if named else priced
    if not wanted or len(wanted) > 8:
        return ""
    return "\n".join(_("{service}: {price} ₪").format(service=each.name, price=each.price) for each in wanted)
