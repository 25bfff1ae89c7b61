"""From a business that is set up to one that answers."""

from __future__ import annotations

import logging

from crm.models import Business

logger = logging.getLogger(__name__)


def go_live(*, business: Business) -> bool:
    """Calls are answered from now on; False if they were already. The row decides, not the copy in hand."""
    began = bool(Business.objects.filter(pk=business.pk, is_active=False).update(is_active=True))
    if began:
        logger.info("A business answers calls", extra={"business_id": business.pk})
    return began
