"""What waits to be handled: news for the apps above, and files between preview and import."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from crm.tenancy import TenantModel


class OutboxEvent(TenantModel):
    """News for the apps above, written in the transaction that made it true."""

    name = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now, editable=False)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(handled_at__isnull=True), name="outbox_waiting")
        ]

    def __str__(self) -> str:
        return self.name


class PendingImport(TenantModel):
    """A file's rows between their preview and their import. Deleted when imported, or an hour later."""

    kind = models.CharField(max_length=20)
    rows = models.JSONField()  # [[number, {column: text}, [surplus, …]], …]; without the third where there is none
    choices = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("pending import")
        verbose_name_plural = _("pending imports")

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
