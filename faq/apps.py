"""The owner's questions and answers."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FaqConfig(AppConfig):
    name = "faq"
    verbose_name = _("Questions and answers")
    default_auto_field = "django.db.models.BigAutoField"
