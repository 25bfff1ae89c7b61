"""Phone lines, calls and what was said in them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment
from crm.models import E164, Business, Lead
from crm.secrets import EncryptedTextField
from crm.tenancy import TenantModel


class PhoneLine(TenantModel):
    """A number of the business. The number that was called decides whose call it is."""

    number = models.CharField(_("number"), max_length=16, unique=True, validators=[E164])

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")

    def __str__(self) -> str:
        return self.number


class TwilioAccount(TenantModel):
    """The business's own account at the telephony provider; without one the installation's is used."""

    business = models.OneToOneField(Business, on_delete=models.CASCADE, related_name="twilio")
    account_sid = models.CharField(_("account SID"), max_length=40)
    auth_token = EncryptedTextField(_("auth token"))

    class Meta:
        verbose_name = _("telephony account")
        verbose_name_plural = _("telephony accounts")

    def __str__(self) -> str:
        return self.account_sid


class CallSession(TenantModel):
    """One call. `status` is the carrier's word; `outcome` is ours."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        RINGING = "ringing", _("ringing")
        IN_PROGRESS = "in-progress", _("in progress")
        COMPLETED = "completed", _("completed")
        BUSY = "busy", _("busy")
        FAILED = "failed", _("failed")
        NO_ANSWER = "no-answer", _("no answer")
        CANCELED = "canceled", _("canceled")

    ENDED = (Status.COMPLETED, Status.BUSY, Status.FAILED, Status.NO_ANSWER, Status.CANCELED)

    class Outcome(models.TextChoices):
        BOOKED = "booked", _("appointment booked")
        RESCHEDULED = "rescheduled", _("appointment moved")
        CANCELLED = "cancelled", _("appointment cancelled")
        MESSAGE = "message", _("message for the staff")
        TRANSFERRED = "transferred", _("handed to the staff")
        ANSWERED = "answered", _("information given")
        ABANDONED = "abandoned", _("hung up at once")
        FAILED = "failed", _("failure")

    call_sid = models.CharField(max_length=64, unique=True)
    from_number = models.CharField(_("caller"), max_length=32, blank=True)
    to_number = models.CharField(_("called number"), max_length=32)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.RINGING)
    status_sequence = models.IntegerField(default=-1, editable=False)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    duration_s = models.PositiveIntegerField(_("duration"), null=True, blank=True)
    lead = models.ForeignKey(
        Lead, verbose_name=_("customer"), on_delete=models.SET_NULL, null=True, blank=True, related_name="calls"
    )
    appointment = models.ForeignKey(
        Appointment, verbose_name=_("appointment"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    summary = models.TextField(_("summary"), blank=True)
    prompt = models.TextField(_("instructions of the call"), blank=True, editable=False)
    end_reason = models.CharField(_("how it ended"), max_length=40, blank=True, editable=False)
    dead_air_ms = models.PositiveIntegerField(_("longest silence (ms)"), default=0)
    call_back_promised = models.BooleanField(_("call back promised"), default=False, editable=False)
    is_practice = models.BooleanField(_("practice"), default=False)
    wrapped_up_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["business", "-started_at"], name="call_newest")]

    def __str__(self) -> str:
        return self.call_sid


class Turn(TenantModel):
    """One utterance, or one `[SERVER]` item, in the order of the conversation."""

    class Speaker(models.TextChoices):
        CALLER = "caller", _("caller")
        ASSISTANT = "assistant", _("assistant")
        SERVER = "server", _("system action")

    call = models.ForeignKey(CallSession, on_delete=models.CASCADE, related_name="turns")
    index = models.PositiveIntegerField()
    speaker = models.CharField(_("speaker"), max_length=10, choices=Speaker.choices)
    text = models.TextField(_("text"), blank=True)
    heard_fraction = models.FloatField(_("heard"), default=1.0)
    at_ms = models.PositiveIntegerField(_("time in the call (ms)"))
    metrics = models.JSONField(_("timings"), default=dict, blank=True)

    class Meta:
        verbose_name = _("transcript line")
        verbose_name_plural = _("transcript")
        ordering = ["call", "index"]
        constraints = [models.UniqueConstraint(fields=["call", "index"], name="turn_once_per_index")]

    def __str__(self) -> str:
        return f"{self.call_id}/{self.index}"


class EventLog(TenantModel):
    """Every event and action of a call with its time, compressed; kept apart so that lists stay light."""

    call = models.OneToOneField(CallSession, on_delete=models.CASCADE, related_name="event_log")
    core_version = models.CharField(max_length=64)
    data = models.BinaryField()

    class Meta:
        verbose_name = _("event log")
        verbose_name_plural = _("event logs")

    def __str__(self) -> str:
        return f"{self.call_id}"
