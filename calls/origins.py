"""What follow-ups are told of the calls they are about."""

from __future__ import annotations

from django.urls import reverse

from calls.corrections import FALSE_CLAIM
from crm import origins


class _Calls(origins.Calls):
    def address(self, call_sid: str) -> str:
        return reverse("call_pages:detail", args=[call_sid])

    def is_read_first(self, key: str) -> bool:
        """A sentence that was not true is read where it was said."""
        return key.startswith(f"{FALSE_CLAIM}:")


origins.register(_Calls())
