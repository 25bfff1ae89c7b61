"""Quotes and drafts of invoices. Not tax invoices: those are issued by registered software."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.amounts import Line, Totals, totals
from crm.models.leads import Lead
from crm.tenancy import TenantModel

VAT_PERCENT = Decimal(18)  # in Israel since 2025


class SalesDocument(TenantModel):
    """What a customer would pay, for a person to approve. Approved it has a number, and a trigger keeps it as it is."""

    class Kind(models.TextChoices):
        QUOTE = "quote", _("quote")
        INVOICE_DRAFT = "invoice_draft", _("draft of an invoice")

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("document", "waits for approval")
        APPROVED = "approved", pgettext_lazy("document", "approved")
        SENT = "sent", pgettext_lazy("document", "sent")
        REJECTED = "rejected", pgettext_lazy("document", "rejected")
        VOID = "void", pgettext_lazy("document", "void")

    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices)
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.WAITING)
    number = models.PositiveIntegerField(_("number"), null=True, blank=True, editable=False)
    lead = models.ForeignKey(Lead, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="documents")
    customer_name = models.CharField(_("name"), max_length=120, blank=True)
    lines = models.JSONField(default=list)  # [{"text", "quantity": "2", "unit": agorot}]
    vat_percent = models.DecimalField(
        _("VAT (%)"),
        max_digits=4,
        decimal_places=1,
        default=VAT_PERCENT,
        validators=[MinValueValidator(0), MaxValueValidator(50)],
    )
    includes_vat = models.BooleanField(_("prices include VAT"), default=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    payment_link = models.URLField(_("payment link"), blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    pdf = models.FileField(upload_to="documents/%Y/%m/", blank=True, editable=False)
    key = models.CharField(max_length=120, blank=True, editable=False)  # asked for twice, it is made once
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )  # empty: the assistant did
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("quote or draft")
        verbose_name_plural = _("quotes and drafts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "kind", "number"], condition=Q(number__isnull=False), name="document_number_once"
            ),
            models.UniqueConstraint(fields=["business", "key"], condition=~Q(key=""), name="document_key_once"),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "rejected"], number=None)
                | Q(status__in=["approved", "sent", "void"], number__isnull=False),
                name="document_numbered_when_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number or ''}".strip()

    @property
    def rows(self) -> list[Line]:
        return [Line(row["text"], Decimal(row["quantity"]), row["unit"]) for row in self.lines]

    @property
    def totals(self) -> Totals:
        return totals(self.rows, vat_percent=self.vat_percent, includes_vat=self.includes_vat)
