"""Messages that go out by themselves, as the owner switches and words them."""

from __future__ import annotations

from datetime import time

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.models import Appointment
from crm.models import Lead
from crm.tenancy import TenantModel
from whatsapp.models.conversations import Message


class FlowSettings(TenantModel):
    """When the business may write to people who did not just write to it."""

    from_time = models.TimeField(_("not before"), default=time(8))
    until_time = models.TimeField(_("not after"), default=time(21))
    on_shabbat = models.BooleanField(_("also on Shabbat and holidays"), default=False)
    review_link = models.URLField(_("address for reviews"), blank=True)

    class Meta:
        verbose_name = _("hours of automatic messages")
        verbose_name_plural = _("hours of automatic messages")
        constraints = [
            models.UniqueConstraint(fields=["business"], name="flow_settings_once"),
            models.CheckConstraint(condition=Q(until_time__gt=models.F("from_time")), name="flow_hours_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.from_time:%H:%M}–{self.until_time:%H:%M}"


class FlowRule(TenantModel):
    """What is sent when something happened. `{name}`, `{when}` and their like are filled in: `whatsapp.flows.words`."""

    class Purpose(models.TextChoices):
        CONFIRMATION = "confirmation", _("confirmation of an appointment")
        CHANGED = "changed", _("notice of a moved or cancelled appointment")
        REMINDER = "reminder", _("reminder before an appointment")
        MISSED_CALL = "missed_call", _("after a missed call")
        CALL_SUMMARY = "call_summary", _("summary after a call")
        FOLLOW_UP = "follow_up", _("question after a silent conversation")
        REVIEW = "review", _("request for a review")

    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    is_on = models.BooleanField(_("on"), default=False)
    text = models.TextField(_("text"), max_length=900)
    minutes = models.PositiveIntegerField(
        _("minutes before or after"), default=0, validators=[MaxValueValidator(60 * 24 * 30)]
    )
    content_sid = models.CharField(
        _("approved template"),
        max_length=40,
        blank=True,
        help_text=_("Twilio's content SID (HX…), for messages more than 24 hours after the customer's last one."),
    )

    class Meta:
        verbose_name = _("automatic message")
        verbose_name_plural = _("automatic messages")
        ordering = ["purpose"]
        constraints = [models.UniqueConstraint(fields=["business", "purpose"], name="flow_once_per_purpose")]

    def __str__(self) -> str:
        return str(self.Purpose(self.purpose).label)


class FlowMessage(TenantModel):
    """One automatic message that is due at a time, or what became of it. `key` allows one for each purpose."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("automatic message", "waits")
        SENT = "sent", pgettext_lazy("automatic message", "handed over")
        SKIPPED = "skipped", pgettext_lazy("automatic message", "not sent")

    purpose = models.CharField(_("purpose"), max_length=12, choices=FlowRule.Purpose.choices)
    key = models.CharField(max_length=120)
    lead = models.ForeignKey(Lead, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="+")
    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    token = models.CharField(max_length=64, blank=True, db_index=True)  # digest of the link by which it is answered
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    expires_at = models.DateTimeField()
    outcome = models.CharField(_("state"), max_length=8, choices=Outcome.choices, default=Outcome.WAITING)
    reason = models.CharField(_("why not"), max_length=20, blank=True)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("planned message")
        verbose_name_plural = _("planned messages")
        ordering = ["-due_at"]
        constraints = [models.UniqueConstraint(fields=["business", "key"], name="flow_message_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(outcome="waiting"), name="flow_message_due")]

    def __str__(self) -> str:
        return f"{self.purpose} #{self.pk}"
