"""One number grammar for hours, dates, prices and telephone digits."""

from dataclasses import dataclass

from booking.hebrew.tokens import Utterance

_COUNTED = frozenset(("מאות", "אלפ", "אלפימ"))  # what a number before it multiplies; מאתיים starts anew
_TEEN_TAILS = frozenset(("עשר", "עשרה", "עסרה", "אסרה", "השרה", "אשרה", "עשרא", "עשרע", "אסרא", "עסרא", "עסר"))


@dataclass(frozen=True, slots=True)
class Number:
    """A number and the token after it. `feminine` is None where the form does not say."""

    value: int
    end: int
    feminine: bool | None = None
    digits: bool = False


def small_at(said: Utterance, index: int) -> Number | None:
    """A number below a hundred: longest match first, so שתים עשרה is never 2 and 10."""
    token = said.at(index)
    if token.mask is not None:
        return None
    if token.kind == "digits":
        return Number(int(token.key), index + 1, digits=True) if token.key.isdigit() and len(token.key) <= 6 else None
    if token.entry is None or (token.key in _TEEN_TAILS and _is_unit(said, index - 1)):
        return None  # the עשרה of שתים עשרה is no ten of its own
    kind, value = token.entry.kind, token.entry.value
    following = said.at(index + 1)
    if kind == "weekday" and value == 1 and following.key in _TEEN_TAILS:
        return Number(12, index + 2, feminine=following.key == "עשרה")
    if token.base == "שנימ" and following.key in _TEEN_TAILS:
        return Number(12, index + 2, feminine=False)  # שנים עשר, although שנים alone are years
    if kind == "number":
        if 1 <= value <= 9 and following.key in _TEEN_TAILS and following.mask is None:
            return Number(10 + value, index + 2, feminine=following.key != "עשר")
        return Number(value, index + 1, feminine=token.entry.feminine)
    if kind == "teen":
        return Number(value, index + 1, feminine=token.entry.feminine)
    if kind == "tens":
        unit = following.is_a("number") and following.prefix == "ו" and 1 <= following.value <= 9
        if unit and following.entry is not None and said.key(index + 2) not in _TEEN_TAILS:
            return Number(value + following.value, index + 2, feminine=following.entry.feminine)
        return Number(value, index + 1)
    return None


def _is_unit(said: Utterance, index: int) -> bool:
    token = said.at(index)
    return token.is_a("number") and 1 <= token.value <= 9


def number_at(said: Utterance, index: int) -> Number | None:
    """Any number up to the thousands, spoken or in digits."""
    token = said.at(index)
    if token.is_a("large") and token.base not in ("מאות", "אלפימ"):
        total, place, position = token.value, token.value, index + 1
    else:
        small = small_at(said, index)
        if small is None or small.digits:
            return small
        total, place, position = small.value, 1, small.end
        counted = said.at(position).is_a("large") and said.at(position).base in _COUNTED
        if counted and said.at(position).prefix == "":
            place = said.at(position).value
            total, position = total * place, position + 1
        if place == 1:
            return small
    while place > 1:
        more = _smaller_at(said, position, place)
        if more is None:
            break
        total, position = total + more.value, more.end
        place = 100 if more.value >= 100 else 1
    return Number(total, position)


def _smaller_at(said: Utterance, position: int, place: int) -> Number | None:
    """The next, lower part of a large number: מאתיים | וחמישים."""
    token = said.at(position)
    if token.prefix not in ("", "ו") or token.kind != "word":
        return None
    if place >= 1000 and token.is_a("large") and token.base in ("מאה", "מאתיימ"):
        return Number(token.value, position + 1)
    small = small_at(said, position)
    if small is None:
        return None
    if place >= 1000 and said.at(small.end).is_a("large") and said.at(small.end).base == "מאות":
        return Number(small.value * 100, small.end + 1)
    return small
