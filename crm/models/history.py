"""What was changed in a business's settings: who, when, before, after."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.models.businesses import Business
from crm.tenancy import TenantModel


class SettingChange(TenantModel):
    """One row of a settings table that was made, changed or removed; written by a trigger, so no writer is missed.

    `before` and `after` hold columns by their database names: both the changed ones only, or one of them the whole
    row. Secrets stand as "***". `transaction` groups what one form saved.
    """

    class Kind(models.TextChoices):
        INSERT = "INSERT", pgettext_lazy("setting", "added")
        UPDATE = "UPDATE", pgettext_lazy("setting", "changed")
        DELETE = "DELETE", pgettext_lazy("setting", "deleted")

    # No constraints: a trigger must never refuse a write. With a business its rows go, by the trigger on its table.
    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    table = models.CharField(max_length=60)
    row_id = models.BigIntegerField()
    kind = models.CharField(max_length=6, choices=Kind.choices)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    at = models.DateTimeField()
    transaction = models.BigIntegerField()

    class Meta:
        verbose_name = _("change of a setting")
        verbose_name_plural = _("history of the settings")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["business", "-id"], name="setting_change_newest"),
            models.Index(fields=["table", "row_id", "-id"], name="setting_change_of_row"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.table} #{self.row_id}"
