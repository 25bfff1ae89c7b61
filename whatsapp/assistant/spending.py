"""What the language model costs, and how much of it a conversation and a business may spend in a day.

Source: OpenAI's price list, in dollars per million tokens. A model that is not on it counts as the dearest: a limit
must hold for a new model, too.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet, Sum

from whatsapp.models import AgentRun, Conversation

AS_OF = date(2026, 11, 21)
PRICES: dict[str, tuple[Decimal, Decimal]] = {  # of what goes in, of what comes out
    "gpt-6-luna": (Decimal("0.10"), Decimal("0.50")),
    "gpt-6-sol": (Decimal("1.25"), Decimal("10.00")),
}
CONVERSATION_CENTS_A_DAY = Decimal(25)
BUSINESS_CENTS_A_DAY = Decimal(500)
_DAY = timedelta(hours=24)
_PER_CENT = Decimal(10_000)  # tokens at a dollar a million


def cost_cents(model: str, input_tokens: int, output_tokens: int) -> Decimal:
    known = [price for name, price in PRICES.items() if model == name or model.startswith(f"{name}-20")]
    given, made = known[0] if known else max(PRICES.values(), key=lambda price: price[1])
    return ((given * input_tokens + made * output_tokens) / _PER_CENT).quantize(Decimal("0.0001"))


def may_spend(conversation: Conversation, now: datetime) -> bool:
    """Whether the limits of the last 24 hours leave anything to spend. Within the business."""
    runs = AgentRun.objects.filter(started_at__gt=now - _DAY)
    if _sum(runs.filter(conversation=conversation)) >= CONVERSATION_CENTS_A_DAY:
        return False
    return _sum(runs.filter(business=conversation.business_id)) < BUSINESS_CENTS_A_DAY


def _sum(runs: QuerySet[AgentRun]) -> Decimal:
    spent: Decimal | None = runs.aggregate(spent=Sum("cost_cents"))["spent"]
    return spent or Decimal(0)
