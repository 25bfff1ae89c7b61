"""How sums and quantities of quotes are written on pages."""

from __future__ import annotations

from django import template

from agentlocator.sales.forms import plain
from crm.amounts import shekels

register = template.Library()


@register.filter
def money(agorot: int) -> str:
    """The sum and its sign stay on one line."""
    return shekels(agorot).replace(" ", "\N{NO-BREAK SPACE}")


register.filter("plain", plain)
