"""No text leaves before it was judged: what it claims must have happened, and what it promises is kept."""

from __future__ import annotations

import re

from django.utils import translation
from django.utils.translation import gettext as _

from calls.conversation.truth import Verdict
from whatsapp.assistant.foreign import Books
from whatsapp.assistant.toolbox import Toolbox
from whatsapp.assistant.wording import PASSED_ON

LONGEST = 1500
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\ufe0f\u200d\u20e3\U000e0020-\U000e007f]"
)
_MARKUP = re.compile(r"\*\*|__|^#+\s*|`", re.MULTILINE)
_SPACES = re.compile(r"[ \t]{2,}")
_GAP = re.compile(r"[ \t]+([,.!?;:])")
REASON_OF_PROMISE = "העוזר הבטיח ללקוח שיחזרו אליו"


def tidy(text: str) -> str:
    """Plain text, as messages are written here."""
    plain = _MARKUP.sub("", _EMOJI.sub("", text))
    return _GAP.sub(r"\1", _SPACES.sub(" ", plain)).strip()[:LONGEST]


def false_claim(text: str, tools: Toolbox) -> Verdict | None:
    """What is wrong with the text; None if it may go out. A promise that somebody gets back is made true instead."""
    verdict = tools.ledger.judge(text)
    if Books().promises(text) and not tools.promised and verdict is None:
        _keep_promise(tools)
    if verdict is not None and verdict.kind == "call_back":
        _keep_promise(tools)
        verdict = tools.ledger.judge(text)
    if verdict is not None:
        tools.trace.guard("truth", claim=verdict.kind, text=text[:500])
    return verdict


def instead_of(verdict: Verdict, tools: Toolbox, language: str) -> str:
    """What goes out where even our own words were wrong: nothing but that a person looks at it."""
    _keep_promise(tools)
    with translation.override(language):
        return _(PASSED_ON)


def _keep_promise(tools: Toolbox) -> None:
    if not tools.promised:
        tools.call("handoff.to_staff", {"reason": REASON_OF_PROMISE, "keep_talking": True})
