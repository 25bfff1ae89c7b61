"""What a business answers to the questions of its customers."""

from __future__ import annotations

from crm.models import Business
from crm.tenancy import for_business
from faq.models import FaqEntry


def active_entries(business: Business) -> list[FaqEntry]:
    """The answers that may be given now, in the order of their making. One query."""
    with for_business(business):
        return list(FaqEntry.objects.filter(is_active=True).order_by("pk"))
