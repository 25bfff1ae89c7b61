"""Which tables are settings, and which of their changes may be taken back. Migration 0001 watches the same ones."""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.db.models import Model

WATCHED = (
    "crm_business",
    "crm_businesssettings",
    "crm_membership",
    "booking_openinghours",
    "booking_closure",
    "booking_holiday",
    "booking_ownerrule",
    "booking_resource",
    "booking_service",
    "booking_calendarfeed",
    "faq_faqentry",
    "calls_phoneline",
    "calls_twilioaccount",
    "calls_blockednumber",
    "calls_promptversion",
)
# Who may enter, secrets and versions have ways back of their own.
_NOT_UNDONE = (
    "crm_membership",
    "booking_calendarfeed",
    "calls_twilioaccount",
    "calls_promptversion",
    "booking_ownerrule",
)
UNDOABLE = frozenset(WATCHED) - frozenset(_NOT_UNDONE)


@cache
def model_of(table: str) -> type[Model]:
    """The model behind a watched table."""
    return next(model for model in apps.get_models() if model._meta.db_table == table)
