"""The assistant's words cut into sentences as they come. Pure."""

from __future__ import annotations

import re

_END = re.compile(r"[.!?…\n]+[\"'״׳”)\]]*")
_SINGLE_LETTER = re.compile(r"(?:^|[\s.])[א-תA-Za-z]$")


class Sentences:
    """Words in, finished sentences out; a point in a number or an abbreviation ends none."""

    def __init__(self) -> None:
        self.rest = ""  # the words of the sentence that is not finished

    def add(self, words: str) -> list[str]:
        """The sentences that these words finish."""
        self.rest += words
        found, begins = [], 0
        for match in _END.finditer(self.rest):
            if self._ends(match):
                if sentence := self.rest[begins : match.end()].strip():
                    found.append(sentence)
                begins = match.end()
        self.rest = self.rest[begins:]
        return found

    def end(self) -> list[str]:
        """Nothing more will come: what is left is a sentence."""
        left, self.rest = self.rest.strip(), ""
        return [left] if left else []

    def _ends(self, match: re.Match[str]) -> bool:
        if match.group() != ".":
            return True
        before, after = self.rest[: match.start()], self.rest[match.end() : match.end() + 1]
        if before[-1:].isdigit() and (not after or after.isdigit()):
            return False  # 80.50, or the half of it that has come
        return not _SINGLE_LETTER.search(before) and not after.isalpha()
