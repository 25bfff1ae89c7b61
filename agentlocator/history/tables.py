"""Which tables are settings, and which of their changes may be taken back. The migrations watch the same ones."""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

WATCHED = (
    "crm_business",
    "crm_businesssettings",
    "crm_membership",
    "crm_invitation",
    "booking_openinghours",
    "booking_closure",
    "booking_holiday",
    "booking_ownerrule",
    "booking_resource",
    "booking_service",
    "booking_service_resources",
    "booking_calendarfeed",
    "faq_faqentry",
    "calls_phoneline",
    "calls_twilioaccount",
    "calls_blockednumber",
    "calls_promptversion",
    "calls_voiceclip",
    "whatsapp_channel",
    "whatsapp_quickreply",
    "whatsapp_flowrule",
    "whatsapp_flowsettings",
)
# Who may enter, secrets and versions have ways back of their own; whose a number is, no owner says by undoing.
_NOT_UNDONE = (
    "crm_membership",
    "crm_invitation",
    "booking_calendarfeed",
    "calls_phoneline",
    "calls_twilioaccount",
    "calls_promptversion",
    "calls_voiceclip",
    "whatsapp_channel",
    "booking_ownerrule",
)
_LINKS = {"booking_service_resources": _("who gives a service")}
# How to see that a row is of a business: by its own column, or by the row it hangs on.
OF_BUSINESS = {
    "crm_business": "id = %s",
    "booking_service_resources": "service_id IN (SELECT id FROM booking_service WHERE business_id = %s)",
}
UNDOABLE = frozenset(WATCHED) - frozenset(_NOT_UNDONE)


@cache
def model_of(table: str) -> type[Model]:
    """The model behind a watched table."""
    return next(model for model in apps.get_models(include_auto_created=True) if model._meta.db_table == table)


def thing_of(table: str, *, plural: bool = False) -> str:
    """What a row of it is called; tables that only link two others have no word of their own."""
    if table in _LINKS:
        return str(_LINKS[table])
    meta = model_of(table)._meta
    return str(meta.verbose_name_plural if plural else meta.verbose_name)
