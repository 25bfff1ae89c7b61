"""Where a follow-up came from."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm.models import FollowUp
from crm.origins import call_of


def link_of(row: FollowUp) -> SafeString | str:
    """The way to the call that it is about; empty where there is none."""
    address = call_of(row)
    return format_html('<a class="al-link" href="{}">{}</a>', address, _("To the call")) if address else ""
