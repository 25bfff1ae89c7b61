"""Values of a file with the path that leads to them. A wrong value is noted, and reading goes on with a stand-in."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from agentlocator.business_files.errors import Problem

_T = TypeVar("_T")
_D = TypeVar("_D")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BREAK = re.compile(r"[\r\n\t]")


class Keys(dict[str, "Node"]):
    """The keys that a mapping of the file has."""

    def read(self, key: str, reader: Callable[[Node], _T], default: _D) -> _T | _D:
        """What the reader makes of this key's value, or the default where the key is missing."""
        return reader(self[key]) if key in self else default


@dataclass(frozen=True)
class Node:
    """One value of the file. Its readers return something of the right type whatever is there."""

    value: object
    path: str
    problems: list[Problem]

    def refuse(self, reason: str) -> None:
        self.problems.append(Problem(self.path, reason))

    def child(self, key: str, value: object) -> Node:
        return Node(value, f"{self.path}.{key}" if self.path else key, self.problems)

    # --- Containers ---
    def keys(self, required: Collection[str] = (), optional: Collection[str] = ()) -> Keys:
        """The known keys that are there. Unknown ones and missing required ones are refused."""
        if not isinstance(self.value, dict):
            self.refuse("must be a mapping of keys to values")
            return Keys()
        known = (*required, *optional)
        for key in self.value:
            if key not in known:
                self.child(key, None).refuse(f"unknown key; known here: {', '.join(known)}")
        for key in required:
            if key not in self.value:
                self.child(key, None).refuse("is missing")
        return Keys({key: self.child(key, self.value[key]) for key in known if key in self.value})

    def items(self) -> list[Node]:
        if not isinstance(self.value, list):
            self.refuse("must be a list")
            return []
        return [Node(value, f"{self.path}[{index}]", self.problems) for index, value in enumerate(self.value)]

    def distinct(self, read: Callable[[Node], _T], key: Callable[[_T], object], what: str) -> tuple[_T, ...]:
        """Every item as `read` gives it; two with the same key are refused at the second."""
        seen: set[object] = set()
        found: list[_T] = []
        for item in self.items():
            value = read(item)
            if key(value) in seen and key(value):
                item.refuse(f"the same {what} is given twice")
            seen.add(key(value))
            found.append(value)
        return tuple(found)

    # --- Values ---
    def text(self, longest: int | None = None, *, blank: bool = False) -> str:
        if not isinstance(self.value, str):
            number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
            self.refuse("must be text; put it in quotes" if number else "must be text")
            return ""
        if _UNSTORABLE.search(self.value):
            self.refuse("holds a control character")
            return ""
        if not blank and not self.value.strip():
            self.refuse("is empty")
        if longest is not None and len(self.value) > longest:
            self.refuse(f"is longer than {longest} characters")
        return self.value

    def line(self, longest: int) -> str:
        """Text of one line, without space around it."""
        text = self.text(longest).strip()
        if _BREAK.search(text):
            self.refuse("must be a single line")
        return text

    def matching(self, pattern: re.Pattern[str], reason: str) -> str:
        text = self.text()
        if text.strip() and not pattern.fullmatch(text):
            self.refuse(reason)
        return text

    def integer(self, low: int, high: int) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.refuse(f"must be a whole number from {low} to {high}")
            return low
        if not low <= self.value <= high:
            self.refuse(f"{self.value} is not between {low} and {high}")
        return self.value

    def within(self, numbers: range) -> int:
        """One of these, which are the multiples of their step."""
        number = self.integer(numbers[0], numbers[-1])
        if number % numbers.step:
            self.refuse(f"{number} is not a multiple of {numbers.step}")
        return number

    def money(self, highest: Decimal) -> Decimal:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.refuse("must be a number")
            return Decimal(0)
        amount = Decimal(str(self.value))
        if not amount.is_finite() or not 0 <= amount <= highest:
            self.refuse(f"must be between 0 and {highest}")
            return Decimal(0)
        if amount != amount.quantize(Decimal("0.01")):
            self.refuse("has more than two decimals")
        return amount

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            self.refuse("must be true or false")
        return self.value is True

    def choice(self, options: Iterable[str]) -> str:
        options = tuple(options)
        if self.value not in options:
            self.refuse(f"must be one of: {', '.join(options)}")
            return options[0]
        return str(self.value)
