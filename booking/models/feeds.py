"""The calendar for other programs to read."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models.catalogue import Resource
from crm.tenancy import TenantModel


class CalendarFeed(TenantModel):
    """A secret address at which a calendar program reads the appointments. Only its digest is kept."""

    resource = models.ForeignKey(
        Resource,
        verbose_name=_("resource"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: the whole business."),
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    last_read_at = models.DateTimeField(_("last read"), null=True, editable=False)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [models.UniqueConstraint(fields=["business", "resource"], name="feed_once", nulls_distinct=False)]

    def __str__(self) -> str:
        return str(self.resource or self.business)
