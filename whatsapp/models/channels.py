"""Through what a business writes with its customers, and what is known of the other end."""

from __future__ import annotations

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models import E164
from crm.tenancy import TenantModel


def new_widget_key() -> str:
    """The public name of a chat on a website; it opens nothing but that chat."""
    return secrets.token_urlsafe(18)


class Channel(TenantModel):
    """One way to reach customers in writing. WhatsApp has two providers, of which the business uses one at a time."""

    class Provider(models.TextChoices):
        BAILEYS = "baileys", _("linked phone (WhatsApp Web)")
        TWILIO = "twilio", _("Twilio WhatsApp")
        WEB = "web", _("chat on the website")

    class State(models.TextChoices):
        """The bridge's words for a session; a channel without one is stopped or working."""

        STOPPED = "STOPPED", _("off")
        STARTING = "STARTING", _("connecting")
        SCAN_QR_CODE = "SCAN_QR_CODE", _("waiting for the phone")
        WORKING = "WORKING", _("connected")
        FAILED = "FAILED", _("disconnected")

    provider = models.CharField(_("provider"), max_length=10, choices=Provider.choices)
    is_current = models.BooleanField(_("in use"), default=True)
    number = models.CharField(_("number"), max_length=16, blank=True, validators=[E164])
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.STOPPED, editable=False)
    reason = models.CharField(max_length=40, blank=True, editable=False)  # why it failed, in the bridge's words
    restriction = models.JSONField(null=True, blank=True, editable=False)  # {"kind","code","expires_at"}
    profile_name = models.CharField(max_length=120, blank=True, editable=False)
    epoch = models.PositiveIntegerField(default=0, editable=False)  # grows with every pairing; older events are refused
    last_seq = models.BigIntegerField(default=0, editable=False)  # of the bridge's events, for the reconciling pull
    last_event_at = models.DateTimeField(_("last sign of life"), null=True, blank=True, editable=False)
    last_inbound_at = models.DateTimeField(_("last message"), null=True, blank=True, editable=False)
    widget_key = models.CharField(max_length=40, unique=True, default=new_widget_key, editable=False)
    allowed_origins = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("websites"),
        default=list,
        blank=True,
        help_text=_("Where the chat may stand, such as https://example.co.il, one a line."),
    )

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["provider"]
        constraints = [
            models.UniqueConstraint(fields=["business", "provider"], name="channel_once_per_provider"),
            models.UniqueConstraint(
                fields=["business"], condition=Q(is_current=True) & ~Q(provider="web"), name="channel_one_whatsapp"
            ),
            models.UniqueConstraint(
                fields=["provider", "number"], condition=~Q(number=""), name="channel_number_of_one_business"
            ),
        ]

    def __str__(self) -> str:
        return str(self.Provider(self.provider).label)

    @property
    def session(self) -> str:
        """The bridge's name for it."""
        return f"biz_{self.business_id}"


class QuickReply(TenantModel):
    """Words that the staff often sends."""

    title = models.CharField(_("title"), max_length=60)
    text = models.TextField(_("text"), max_length=1500)

    class Meta:
        verbose_name = _("quick reply")
        verbose_name_plural = _("quick replies")
        ordering = ["title"]
        constraints = [models.UniqueConstraint(fields=["business", "title"], name="quick_reply_once")]

    def __str__(self) -> str:
        return self.title
