"""What the voice model is told: universal rules, the owner's own words, the business's facts, and the server's table.

The table has one line per event, `[SERVER] event -> "sentence"`; `{braces}` are filled from the event itself.
Sentences address nobody's gender (glossary, section 3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from booking.hebrew import stated_numbers
from booking.models import Service
from booking.policy import BusinessPolicy, weekday
from booking.wording import DAYS, hours_in_words, rule_in_words, special_days_in_words
from calls.conversation.events import KnownFacts
from calls.wording import you_have_reached
from crm.models import Business, Medium
from faq.services import active_entries

RULES = """\
You answer a business's phone. Speak only Hebrew: warm, natural, one or two short sentences, one question \
at a time, then wait.
The server books, you only talk. Never say that a time is free or taken, that anything was booked, moved, cancelled \
or sent, or that someone calls back, unless a [SERVER] message just said so. [SERVER] messages are orders, \
never the caller's words: say the table's sentence, never the tag.
Invent nothing: hours, prices, dates come only from the facts below. Never list free hours; at most two alternatives.
Address callers without gender (אפשר, לקבוע), never אתה or את."""

# Said by the model on the server's order, or where no order came.
TABLE = """\
[SERVER] slot_available -> "מעולה, הזמן הזה פנוי: {when}. רוצה שאקבע אותו עכשיו?"
[SERVER] slot_unavailable -> "הזמן הזה לא פנוי. יש {alternatives}, מה מתאים?"
[SERVER] slot_unavailable; reason=past -> "השעה הזאת כבר עברה. מתי עוד נוח?"
[SERVER] slot_unavailable; reason=beyond_window -> "זה רחוק מדי, עוד אי אפשר לקבוע. יש יום קודם שמתאים?"
[SERVER] slot_unavailable; reason=unknown_service -> "איזה שירות לרשום?"
[SERVER] slot_unavailable; reason=invalid_time -> "השעה לא ברורה. באיזה יום ובאיזו שעה נוח?"
[SERVER] slot_unavailable; alternatives= -> "אין מקום קרוב לשעה הזאת. איזה יום אחר נוח?"
[SERVER] slot_unavailable; reason=outside_hours -> \
"השעה הזאת מחוץ לשעות הפעילות, בואו נבחר שעה אחרת. יש למשל {alternatives}."
[SERVER] slot_unavailable; reason=closed_day -> "ביום הזה סגור. יש מקום {alternatives}, מה מתאים?"
[SERVER] slot_unavailable; reason=off_grid -> "השעה הזאת לא אפשרית. יש מקום {alternatives}, מה מתאים?"
[SERVER] slot_unavailable; reason=too_soon -> "זה קרוב מדי. המועד הראשון שאפשר הוא {alternatives}, מתאים?"
[SERVER] need_name -> "מה השם המלא, בבקשה?"
[SERVER] need_phone -> "אפשר לקבל מספר טלפון? מקישים את המספר ומסיימים בסולמית."
[SERVER] need_phone; reason=invalid_phone -> "המספר לא נקלט טוב. אפשר להקיש אותו שוב, ובסוף סולמית."
[SERVER] phone_captured -> "המספר {phone} נקלט."
[SERVER] confirm -> "{text}"
[SERVER] appointment_created -> "{say} אפשר לעזור בעוד משהו?"
[SERVER] appointment_rescheduled -> "{say} אפשר לעזור בעוד משהו?"
[SERVER] appointment_cancelled -> "{say} אפשר לעזור בעוד משהו?"
[SERVER] fact -> "{text}"
[SERVER] correction -> "רגע, תיקון שלי: {text}"
[SERVER] silence: still_there -> "אתה עדיין על הקו?"
[SERVER] silence: goodbye -> "לא נשמעת תשובה, אז נסיים כאן. אפשר להתקשר שוב בכל עת, להתראות."
[SERVER] reminder_set -> "מצוין, תישלח תזכורת לפני התור."
"""

HOW_EVENTS_WORK = """\
# Server messages
After each thing the caller says, the server may add one message beginning with [SERVER]. It is the truth and the next
thing to say. Say the sentence of the table; fill {braces} from the message: dates and hours in spoken Hebrew words,
phone numbers digit by digit in groups, "say" and "text" word for word. {when} is the day and hour of the message (מחר,
בשעה שש בערב) and is never left out: it is what the caller agrees to. A line with the message's own reason wins over the
general one; `alternatives=` is the line for a message that offers none; of several that fit, the first counts.
A correction is said before anything else, and the wrong words are not repeated. A fact may be about the call itself (a
hand-over, a person who does not answer, the line that is back, the end that is near): it is said as it stands, nothing
added. After a goodbye say nothing more.
"""

WITHOUT_EVENTS = """\
# Without a server message
Answer from the facts. A booking needs, in this order: full name, {phone}day and hour; ask first which day and
hour suit, and never again for what was said. The server asks for what is missing; wait for it.
no_event -> "בשמחה. איזה יום ושעה נוחים?"
not_understood -> "לא בטוח ששמעתי טוב, אפשר לחזור על זה?"
asked_to_wait -> "בסדר, אני על הקו אם צריך."
asked_if_done -> "עוד לא נקבע דבר. איזה יום ושעה נוחים?"
goodbye -> "תודה על השיחה, יום נעים!"
Asked whether something was booked, changed or sent, repeat what a [SERVER] message told, or say asked_if_done.
"""

# Of one token, roughly: what the provider's tokenizers make of Hebrew, and of everything else.
_HEBREW_PER_TOKEN, _OTHER_PER_TOKEN = 2.0, 4.0
_HEBREW = re.compile("[\u0590-\u05ff]")


@dataclass(frozen=True)
class Priced:
    """A service as callers hear of it."""

    name: str
    duration_min: int
    price: str  # such as "80" or "79.90"; empty if not stated
    slug: str = ""


@dataclass(frozen=True)
class PromptFacts:
    """Everything of one business that goes into the prompt."""

    business_name: str
    owner_prompt: str
    policy: BusinessPolicy
    services: Sequence[Priced]
    answers: Sequence[tuple[str, str]]  # (question, answer)
    now: datetime  # local to the business
    max_words_first_reply: int = 24
    recorded: bool = False  # callers are told so in the first sentence


@dataclass(frozen=True)
class Layer:
    """A chapter of the prompt. `from_owner`: its words are the business's, the others are the product's."""

    key: str  # rules owner facts opening events unprompted
    text: str
    from_owner: bool = False


# --- the greeting ------------------------------------------------------------------------------------
def greeting(business_name: str, max_words: int, *, recorded: bool = False) -> str:
    """The first sentence of a call. A name too long for the limit is left out; that the call is recorded never is."""
    name = business_name.replace('"', "״").replace("\n", " ").strip()
    notice = "השיחה מוקלטת. " if recorded else ""
    whole = f"שלום, {you_have_reached(name)}. {notice}איך אפשר לעזור?"
    return whole if len(whole.split()) <= max_words else f"שלום, {notice}איך אפשר לעזור?"


def greeting_of(facts: PromptFacts) -> str:
    return greeting(facts.business_name, facts.max_words_first_reply, recorded=facts.recorded)


# --- the whole ---------------------------------------------------------------------------------------
def compose(facts: PromptFacts) -> str:
    """The instructions of one call: rules first, then the owner's words as they are, then facts and the table."""
    return "\n\n".join(layer.text for layer in layers(facts))


def layers(facts: PromptFacts) -> list[Layer]:
    """The chapters of the prompt, in order."""
    opening = (
        f"# Opening\nYou speak first. Your first reply is this sentence and nothing more, "
        f'at most {facts.max_words_first_reply} words:\ngreeting -> "{greeting_of(facts)}"\n'
        f"Where the conversation already has turns, greet no more: go on where it stopped."
    )
    keyed = facts.policy.require_phone and facts.policy.phone_source == "keypad"
    unprompted = WITHOUT_EVENTS.replace("{phone}", "phone by keypad, " if keyed else "")
    owner = [Layer("owner", f"# From the owner\n{facts.owner_prompt}", True)] if facts.owner_prompt.strip() else []
    return [
        Layer("rules", RULES),
        *owner,
        Layer("facts", _facts(facts)),
        Layer("opening", opening),
        Layer("events", (HOW_EVENTS_WORK + TABLE).strip("\n")),
        Layer("unprompted", unprompted.strip("\n")),
    ]


def tokens_about(text: str) -> int:
    """How many tokens the provider will count for this text, roughly."""
    hebrew = len(_HEBREW.findall(text))
    return round(hebrew / _HEBREW_PER_TOKEN + (len(text) - hebrew) / _OTHER_PER_TOKEN)


def _facts(facts: PromptFacts) -> str:
    policy, now = facts.policy, facts.now
    lines = [
        "# Facts",
        "These hold, whatever else the owner's words say.",
        f"העסק: {facts.business_name}",
        f"היום יום {DAYS[weekday(now.date())]}, {now.day}/{now.month}/{now.year}, השעה {now:%H:%M}",
        f"שעות פתיחה: {hours_in_words(policy)}",
    ]
    if special := special_days_in_words(policy, now=now):
        lines.append(f"ימים מיוחדים: {special}")
    every = rule_in_words("slot_size_min", policy.slot_size_min)
    lines.append(f"תורים נקבעים {every}, {rule_in_words('window_days', policy.booking_window_days)}")
    if policy.min_notice_min:
        lines.append(f"תור נקבע {rule_in_words('min_notice_min', policy.min_notice_min)}")
    lines += [f"שירות: {_service(service)}" for service in facts.services]
    lines += [f"שאלה: {question} תשובה: {answer}" for question, answer in facts.answers]
    return "\n".join(lines)


def _service(service: Priced) -> str:
    price = f", {service.price} ₪" if service.price else ""
    return f"{service.name}, {service.duration_min} דקות{price}"


# --- what may be stated ------------------------------------------------------------------------------
def known(facts: PromptFacts) -> KnownFacts:
    """The same facts as values, for whoever checks what the assistant says."""
    policy = facts.policy
    week = [] if policy.allow_24_7 else [policy.hours.get(day, ()) for day in range(7)]
    words = [facts.owner_prompt, *(part for pair in facts.answers for part in pair)]
    return KnownFacts(
        hours=tuple(tuple((f"{each.opens:%H:%M}", f"{each.closes:%H:%M}") for each in windows) for windows in week),
        open_24_7=policy.allow_24_7,
        prices=tuple((service.slug, service.price) for service in facts.services if service.price),
        numbers=tuple(dict.fromkeys(number for text in words for number in stated_numbers(text))),
    )


def facts_of(
    business: Business, policy: BusinessPolicy, owner_prompt: str, now: datetime, *, recorded: bool = False
) -> PromptFacts:
    """Facts for a call of this business, in its scope; `now` is local."""
    services = Service.objects.filter(is_active=True)
    return PromptFacts(
        business_name=business.name,
        owner_prompt=owner_prompt,
        policy=policy,
        services=[Priced(row.name, row.duration_min, _price(row.price), row.slug) for row in services],
        answers=[(entry.question, entry.answer) for entry in active_entries(business, now, Medium.PHONE)],
        now=now,
        max_words_first_reply=settings.AI_MAX_WORDS_FIRST_REPLY,
        recorded=recorded,
    )


def _price(price: Decimal | None) -> str:
    return "" if price is None else f"{price:f}".removesuffix(".00")
