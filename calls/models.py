"""Phone lines, calls and what was said in them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F
from django.db.models.deletion import Collector
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment
from calls.practice.models import PracticeAppointment, PracticeCall
from crm.models import E164, Business, Lead
from crm.secrets import EncryptedTextField
from crm.tenancy import TenantModel

__all__ = [
    "BlockedNumber",
    "CallSession",
    "EventLog",
    "PhoneLine",
    "PracticeAppointment",
    "PracticeCall",
    "PromptVersion",
    "Recording",
    "Turn",
    "TwilioAccount",
    "VoiceClip",
]


def forget_person(collector: Collector, field: Any, calls: Any, using: str) -> None:
    """Of a customer whose card is deleted: their calls stay without them, and say since when."""
    collector.add_field_update(field, None, calls)
    collector.add_field_update(CallSession._meta.get_field("person_erased_at"), timezone.now(), calls)


class PhoneLine(TenantModel):
    """A number of the business. The number that was called decides whose call it is."""

    number = models.CharField(_("number"), max_length=16, unique=True, validators=[E164])
    # Since when the installation knows that the number is the business's; `calls.lines` says what hangs on it.
    verified_at = models.DateTimeField(_("ownership shown"), null=True, blank=True)

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


class BlockedNumber(TenantModel):
    """A caller whom the staff does not want to be answered."""

    number = models.CharField(_("number"), max_length=16, validators=[E164])
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("blocked by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("blocked"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("blocked caller")
        verbose_name_plural = _("blocked callers")
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["business", "number"], name="blocked_once")]

    def __str__(self) -> str:
        return self.number


class PromptVersion(TenantModel):
    """The owner's instructions for calls as they were at one time. One is live; calls name the one they used."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        LIVE = "live", _("live")
        RETIRED = "retired", _("earlier version")

    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("instructions for calls"), blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.DRAFT)
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("written by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    published_at = models.DateTimeField(_("went live"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("version of the instructions")
        verbose_name_plural = _("versions of the instructions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["business", "number"], name="prompt_number_once"),
            models.UniqueConstraint(
                fields=["business"], condition=models.Q(status="live"), name="prompt_one_live_per_business"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_id}/{self.number}"


class VoiceClip(TenantModel):
    """A line that is spoken without the provider, as µ-law at 8 kHz. `voice` tells whose voice said these words."""

    class Source(models.TextChoices):
        CAPTURED = "captured", _("the assistant's voice")
        RECORDED = "recorded", _("recorded by the business")

    key = models.CharField(_("line"), max_length=60)
    voice = models.CharField(max_length=64, blank=True)  # fingerprint; empty for a person's recording
    text = models.TextField(_("words"))
    audio = models.BinaryField()
    source = models.CharField(_("spoken by"), max_length=8, choices=Source.choices)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("spoken line")
        verbose_name_plural = _("spoken lines")
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["business", "key", "voice"], name="clip_once_per_voice")]

    def __str__(self) -> str:
        return self.text


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

    class NextStep(models.TextChoices):
        """What the carrier shall do with the caller once our media stream is closed."""

        TRANSFER = "transfer", _("hand over to a person")
        VOICEMAIL = "voicemail", _("take a message")
        TAKEN = "taken", _("a person has the caller")

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
    account_sid = models.CharField(max_length=40, blank=True, editable=False)  # as the carrier named it at the ring
    from_number = models.CharField(_("caller"), max_length=32, blank=True)
    to_number = models.CharField(_("called number"), max_length=32)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.RINGING)
    status_sequence = models.IntegerField(default=-1, editable=False)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    duration_s = models.PositiveIntegerField(_("duration"), null=True, blank=True)
    lead = models.ForeignKey(
        Lead, verbose_name=_("customer"), on_delete=forget_person, null=True, blank=True, related_name="calls"
    )
    person_erased_at = models.DateTimeField(null=True, editable=False)  # the card of who called was deleted then
    appointment = models.ForeignKey(
        Appointment, verbose_name=_("appointment"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    summary = models.TextField(_("summary"), blank=True)
    prompt = models.TextField(_("instructions of the call"), blank=True, editable=False)
    prompt_version = models.ForeignKey(
        PromptVersion,
        verbose_name=_("version of the instructions"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="calls",
    )
    next_step = models.CharField(max_length=10, choices=NextStep.choices, blank=True, editable=False)
    topic = models.CharField(_("what it is about"), max_length=200, blank=True, editable=False)
    streams = models.PositiveSmallIntegerField(default=0, editable=False)  # media streams this call has had
    false_claims = models.PositiveSmallIntegerField(_("corrections"), default=0, editable=False)
    cost_microusd = models.PositiveBigIntegerField(_("cost (millionths of a US dollar)"), default=0, editable=False)
    end_reason = models.CharField(_("how it ended"), max_length=40, blank=True, editable=False)
    dead_air_ms = models.PositiveIntegerField(_("longest silence (ms)"), default=0)
    call_back_promised = models.BooleanField(_("call back promised"), default=False, editable=False)
    is_practice = models.BooleanField(_("practice"), default=False)
    # Held in the practice page: its appointments are practice, too (`calls.practice`), and no customer comes of it.
    from_browser = models.BooleanField(default=False, editable=False)
    # The staff member who takes over, and the number to ring for it; empty: the business's own person.
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )
    transfer_number = models.CharField(max_length=16, blank=True, editable=False)
    wrapped_up_at = models.DateTimeField(null=True, blank=True, editable=False)
    look_at = models.DateTimeField(null=True, blank=True, editable=False)  # when a sweep may look at it again

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["business", "-started_at"], name="call_newest"),
            models.Index(fields=["business", "outcome", "-started_at"], name="call_newest_of_outcome"),
            models.Index(
                fields=["business", "started_at"],
                condition=models.Q(status__in=["ringing", "in-progress"]),
                name="call_on_the_line",
            ),
            GinIndex(F("business_id"), OpClass(Upper("from_number"), "gin_trgm_ops"), name="call_by_caller"),
        ]

    def __str__(self) -> str:
        return self.call_sid


class Turn(TenantModel):
    """One utterance, or one `[SERVER]` item, in the order of the conversation."""

    class Speaker(models.TextChoices):
        CALLER = "caller", _("caller")
        ASSISTANT = "assistant", _("assistant")
        SERVER = "server", _("system action")
        STAFF = "staff", _("staff")  # what somebody of the staff whispered to the assistant; no caller heard it

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
        # `__icontains` compares upper(…); three letters or more find their rows here.
        indexes = [GinIndex(F("business_id"), OpClass(Upper("text"), "gin_trgm_ops"), name="turn_by_text")]

    def __str__(self) -> str:
        return f"{self.call_id}/{self.index}"


class EventLog(TenantModel):
    """Every event and action of one media stream, compressed; apart from the call so that lists stay light.

    A call has a second stream when a person did not answer, or the first one broke.
    """

    call = models.ForeignKey(CallSession, on_delete=models.CASCADE, related_name="event_logs")
    part = models.PositiveSmallIntegerField(default=0)
    core_version = models.CharField(max_length=64)
    data = models.BinaryField()

    class Meta:
        verbose_name = _("event log")
        verbose_name_plural = _("event logs")
        ordering = ["call", "part"]
        constraints = [models.UniqueConstraint(fields=["call", "part"], name="event_log_once_per_stream")]

    def __str__(self) -> str:
        return f"{self.call_id}/{self.part}"


class Recording(TenantModel):
    """Sound that the carrier recorded: a message left after the tone, or a whole call. Fetched after the fact."""

    class Kind(models.TextChoices):
        VOICEMAIL = "voicemail", _("voice message")
        CALL = "call", _("call recording")

    class Status(models.TextChoices):
        WAITING = "waiting", _("on its way")
        STORED = "stored", _("stored")
        ABSENT = "absent", _("nothing was recorded")
        FAILED = "failed", _("could not be fetched")
        DELETED = "deleted", _("deleted")

    call = models.ForeignKey(CallSession, on_delete=models.CASCADE, related_name="recordings")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    recording_sid = models.CharField(max_length=64, unique=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.WAITING)
    url = models.URLField(blank=True, editable=False)  # at the carrier, without extension
    duration_s = models.PositiveIntegerField(_("duration"), null=True, blank=True)
    channels = models.PositiveSmallIntegerField(default=1)
    file = models.FileField(_("file"), upload_to="recordings/%Y/%m/", blank=True)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now, editable=False)  # of the next attempt to fetch it
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)  # its sound; the row stays to say so

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(status="waiting"), name="recording_waiting"),
            models.Index(fields=["business", "created_at"], condition=models.Q(status="stored"), name="recording_kept"),
        ]

    def __str__(self) -> str:
        return self.recording_sid
