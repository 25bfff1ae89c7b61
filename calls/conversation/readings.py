"""Sentences on their way through understanding. They are answered in any order and read in the order they were said."""

from __future__ import annotations

from dataclasses import dataclass

from calls.conversation.events import Reading


@dataclass
class Sentence:
    """`question` counts what had been asked when the sentence was said: it answers no later question."""

    request_id: str
    is_question: bool
    question: int
    reading: Reading | None = None
    before_booking: bool = False  # said while an appointment was being written, before its caller heard of it


class Readings:
    """The sentences whose reading is awaited, or must wait for an older one or for the calendar."""

    def __init__(self) -> None:
        self._sentences: list[Sentence] = []

    @property
    def waiting(self) -> bool:
        return bool(self._sentences)

    def ask(self, request_id: str, *, is_question: bool, question: int) -> None:
        self._sentences.append(Sentence(request_id, is_question, question))

    def answer(self, request_id: str, reading: Reading) -> bool:
        """False if that reading is not awaited."""
        for sentence in self._sentences:
            if sentence.request_id == request_id and sentence.reading is None:
                sentence.reading = reading
                return True
        return False

    def next(self) -> Sentence | None:
        """The oldest sentence, once it is understood."""
        if self._sentences and self._sentences[0].reading is not None:
            return self._sentences.pop(0)
        return None

    def forget(self) -> None:
        self._sentences.clear()

    def booked(self) -> None:
        """An appointment was made: what is still here was said without knowing."""
        for sentence in self._sentences:
            sentence.before_booking = True
