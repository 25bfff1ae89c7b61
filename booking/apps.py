"""When something may be booked, and what has been."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingConfig(AppConfig):
    name = "booking"
    verbose_name = _("Calendar")
    default_auto_field = "django.db.models.BigAutoField"
