"""Claims in languages that the Hebrew guard does not read. Coarse on purpose: what it cannot back may not go out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_SENTENCES = re.compile(r"[^.!?…\n]+[.!?…\n]?")
_NOT_YET = re.compile(
    r"\b(?:not|isn't|hasn't|haven't|no|if|once|when|will|would|shall|can|could|may|should|let me|"
    r"не|нет|если|когда|можно|могу|хотите|будет)\b",
    re.IGNORECASE,
)
_CLAIMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("moved", r"\b(?:moved|rescheduled|changed)\b|перен[её]с|перенес[её]н"),
        ("cancelled", r"\bcancel(?:l)?ed\b|отмен[её]н|отменил"),
        (
            "booked",
            r"\b(?:(?<!fully )booked|scheduled|reserved|confirmed|registered|all set|see you)\b|"
            r"\bmade (?:an|the|your) appointment\b|"
            r"записал|записан|заброниров|подтвержд|жд[её]м вас|до встречи",
        ),
        ("sent", r"\b(?:sent|emailed|texted|messaged)\b|отправил|отправлен|выслал"),
        ("free", r"\b(?:available|free|open slot|vacant)\b|свобод"),
        ("taken", r"\b(?:taken|fully booked|unavailable|full|no slots|no openings)\b|занят|нет мест"),
        ("call_back", r"\b(?:get back to you|call you|contact you|reach out)\b|свяж(?:ется|утся)|перезвон"),
    )
)
_CLAUSES = re.compile(r"(?:(?!,|;| but | and | но | а ).)+")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})\b(?:\s*(am|pm)\b)?", re.IGNORECASE)
_MONEY = re.compile(r"(?:₪|\$|€)\s?(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s?(?:₪|\$|€|nis|ils|shekel|шекел)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_HEBREW = re.compile("[\u05d0-\u05ea]")
_READ = re.compile("[A-Za-z\u00c0-\u024f\u0400-\u04ff]")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass
class Books:
    """What was done and found, as far as claims in other languages are about it. Starts are "YYYY-MM-DD HH:MM"."""

    standing: set[str] = field(default_factory=set)
    free: set[str] = field(default_factory=set)
    looked: bool = False  # the calendar was asked, and something could not be had
    sent: bool = False
    promised: bool = False
    deeds: dict[str, set[str]] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)

    def deed(self, kind: str, start: str) -> None:
        self.deeds.setdefault(kind, set()).add(start)
        if kind == "cancelled":
            self.standing.discard(start)
        else:
            self.standing.add(start)

    def state(self, text: str) -> None:
        """These numbers may be named."""
        self.numbers.update(_NUMBER.findall(text))

    def false_claim(self, text: str) -> str | None:
        """The kind of the first claim that nothing backs; `language` where no judge reads the words."""
        for sentence in (each.strip() for each in _SENTENCES.findall(text)):
            known = _HEBREW.search(sentence) or _READ.search(sentence)
            if _LETTER.search(sentence) and not known:
                return "language"
            if (kind := self._false(sentence)) is not None:
                return kind
        return None

    def _false(self, sentence: str) -> str | None:
        sums = [] if _HEBREW.search(sentence) else _MONEY.findall(sentence)
        if any((one or other) not in self.numbers for one, other in sums):
            return "price"
        if sentence.endswith("?") or not _READ.search(sentence):
            return None
        for kind, pattern in _CLAIMS:
            if (found := pattern.search(sentence)) is None:
                continue
            if kind != "call_back" and _NOT_YET.search(sentence[: found.start()]):
                continue
            about = _clause_at(sentence, found.start()) if kind in ("free", "taken") else sentence
            if not self._backs(kind, _clocks(about)):
                return kind
        return None

    def _backs(self, kind: str, clocks: set[str]) -> bool:
        match kind:
            case "booked":
                return bool(self.standing) and _agree(clocks, self.standing)
            case "moved" | "cancelled":
                done = self.deeds.get(kind, set())
                return bool(done) and _agree(clocks, done | self.standing)
            case "sent":
                return self.sent
            case "free":
                return bool(self.free) and _agree(clocks, self.free | self.standing)
            case "taken":
                return self.looked
        return True  # a promise is kept, not refused: see `promises`

    def promises(self, text: str) -> bool:
        """Somebody shall get back to the customer, it says in another language than Hebrew."""
        [pattern] = [pattern for kind, pattern in _CLAIMS if kind == "call_back"]
        return any(pattern.search(each) for each in _SENTENCES.findall(text))


def _clause_at(sentence: str, at: int) -> str:
    """The part of the sentence in which this place is: 17:00 is taken, 18:00 is free."""
    for clause in _CLAUSES.finditer(sentence):
        if clause.start() <= at < clause.end():
            return clause.group()
    return sentence


def _agree(clocks: set[str], starts: set[str]) -> bool:
    hours = {start[11:] for start in starts}
    return clocks <= hours


def _clocks(text: str) -> set[str]:
    found = set()
    for hour, minute, half in _CLOCK.findall(text):
        at = int(hour) % 12 + 12 * (half.lower() == "pm") if half else int(hour)
        found.add(f"{at:02}:{minute}")
    return found
