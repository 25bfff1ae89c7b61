"""Sums of money in a sentence."""

from booking.hebrew.claims.sentence import Clause
from booking.hebrew.numbers import number_at
from booking.hebrew.phrases import words_in
from booking.hebrew.tokens import Utterance

_SHEKELS = words_in('שקל שקלים ש"ח שח ₪ שקלימ')
_PRICED = words_in(
    """עולה עולים עולות יעלה תעלה יעלו המחיר מחיר מחירו מחירה במחיר עלות העלות בעלות התשלום תמחור נגבה גובים המחירים
    התעריף מחירים תשלום"""
)
_MAY_BE_MONEY = _SHEKELS | _PRICED
_SMALLEST_BARE = 10  # "עולה שלוש" would be floors, or hours


def may_be_priced(clauses: list[Clause]) -> bool:
    return any(clause.has(_MAY_BE_MONEY) or "₪" in "".join(clause.words) for clause in clauses)


def amounts_in(text: str) -> tuple[str, ...]:
    """Shekels as digits ("80", "79.90"), each once: numbers with the coin, and bare ones behind a word for price."""
    said = Utterance(text.replace("₪", " ₪ "))
    found: dict[str, None] = {}
    waiting: list[str] = []  # the 80 of "80 to 120 shekels"
    priced, index = False, 0
    while index < len(said):
        priced = priced or said.at(index).key in _PRICED
        sum_ = _sum_at(said, index)
        if sum_ is None:
            index += 1
            continue
        value, end = sum_
        coin = said.at(end).key in _SHEKELS or said.at(index - 1).key in _SHEKELS
        if coin or (priced and float(value) >= _SMALLEST_BARE and _is_bare(said, index, end)):
            found |= dict.fromkeys([*waiting, value])
        joined = said.at(end).prefix == "ל" or said.at(end).key in ("עד", "או", "-")
        waiting = [value] if joined else []
        index = end
    return tuple(found)


def _sum_at(said: Utterance, index: int) -> tuple[str, int] | None:
    token = said.at(index)
    if token.kind == "digits":
        return _written_sum(said, index)
    number = number_at(said, index)
    if number is None or token.prefix not in ("", "ב", "ל", "ה", "כ", "מ", "ו"):
        return None
    value, end = str(number.value), number.end
    if said.key(end) == "וחצי" and said.at(end + 1).key in _SHEKELS:
        return f"{value}.5", end + 1
    return value, end


def _written_sum(said: Utterance, index: int) -> tuple[str, int] | None:
    """80, 79.90, 1,200; None for an hour or a date."""
    token, comma, after = said.at(index), said.at(index + 1), said.at(index + 2)
    digits = token.key
    if digits.count(".") == 1 and digits.replace(".", "").isdigit():
        return digits.rstrip("0").rstrip("."), index + 1
    if not digits.isdigit():
        return None
    grouped = comma.key == "," and after.kind == "digits" and len(after.key) == len("000")
    if grouped and comma.start == token.end and after.start == comma.end:
        return digits + after.key, index + 3
    return str(int(digits)), index + 1


def _is_bare(said: Utterance, index: int, end: int) -> bool:
    """No unit behind it: דקות, שעות, יום, אחוז."""
    following = said.at(end)
    if following.entry is not None and following.entry.kind in ("unit", "part", "month", "weekday"):
        return False
    return following.key not in ("אחוז", "%", "אחוזימ", "תשלומימ", "איש", "אנשימ") and ":" not in said.at(index).key
