"""What customers and the business write to each other.

A person is a `crm.Lead`; how a provider names them is a `crm.LeadIdentity`, so a phone number may be unknown and be
learned later. A lead has one conversation per medium, whatever provider carried its parts.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.models import Lead, Medium
from crm.tenancy import TenantModel
from whatsapp.models.channels import Channel


class Conversation(TenantModel):
    """All that was written with one person through one medium, and who answers them now.

    `answered_to` is the id of the newest message from the customer that was dealt with. Who answers holds the lease
    (`lease`, `leased_until`); what they write counts only while the lease is still theirs.
    """

    class State(models.TextChoices):
        ASSISTANT = "assistant", _("the assistant answers")
        WAITING = "waiting", _("waits for the staff")
        STAFF = "staff", _("the staff answers")
        CLOSED = "closed", _("done")

    lead = models.ForeignKey(Lead, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="conversations")
    medium = models.CharField(_("medium"), max_length=10, choices=Medium.choices, default=Medium.WHATSAPP)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")  # of their last message
    chat_id = models.CharField(max_length=190, blank=True)  # where the provider wants the answer
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ASSISTANT)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    staff_until = models.DateTimeField(null=True, blank=True)  # when the assistant takes over again by itself
    opted_out_at = models.DateTimeField(null=True, blank=True)  # they want no message that they did not ask for
    preview = models.CharField(max_length=120, blank=True)
    unread = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_message_at = models.DateTimeField(default=timezone.now)
    last_inbound_at = models.DateTimeField(null=True, blank=True)  # opens the 24 hours in which anything may be sent
    answered_to = models.BigIntegerField(default=0)
    pending_since = models.DateTimeField(null=True, blank=True)  # messages wait for an answer since then
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    idle_told = models.BooleanField(default=False)  # that nothing came after our last question
    dialog = models.JSONField(default=list, blank=True)  # what the deterministic dialog was told, to resume it
    dialog_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-last_message_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["lead", "medium"], name="conversation_once_per_medium")]
        indexes = [
            models.Index(fields=["business", "-last_message_at"], name="conversation_newest"),
            models.Index(fields=["business", "state", "-last_message_at"], name="conversation_of_state"),
            models.Index(
                fields=["pending_since"], condition=Q(pending_since__isnull=False), name="conversation_pending"
            ),
            # Who waits for a person; `whatsapp.finding` asks in the same words.
            models.Index(
                fields=["business", "-last_message_at"],
                condition=Q(state="waiting") | Q(state="staff", unread__gt=0),
                name="conversation_waits",
            ),
            models.Index(
                fields=["assigned_to", "-last_message_at"],
                condition=Q(assigned_to__isnull=False),
                name="conversation_of_member",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.medium} #{self.pk}"


class Message(TenantModel):
    """One message, note or media file of a conversation.

    Inbound ones are unique by the provider's id. Outbound ones are the outbox too: `key` makes sending one twice
    harmless, `purpose` allows one message per purpose, `answers` one answer per message of the customer.
    """

    class Direction(models.TextChoices):
        IN = "in", _("from the customer")
        OUT = "out", _("to the customer")
        NOTE = "note", _("among the staff")

    class Author(models.TextChoices):
        CONTACT = "contact", _("customer")
        ASSISTANT = "assistant", _("assistant")
        STAFF = "staff", _("staff")
        OWNER_PHONE = "phone", _("from the business's phone")
        FLOW = "flow", _("automatic message")

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        IMAGE = "image", _("picture")
        AUDIO = "audio", _("voice message")
        VIDEO = "video", _("video")
        DOCUMENT = "document", _("file")
        STICKER = "sticker", _("sticker")
        LOCATION = "location", _("location")
        CONTACT = "contact", _("contact card")
        BUTTON = "button", _("button")
        UNDECRYPTABLE = "undecryptable", _("not readable yet")
        UNSUPPORTED = "unsupported", _("something that cannot be shown here")

    class Status(models.TextChoices):
        """Moves up only, in this order; a failure ends it. See `whatsapp.statuses`."""

        RECEIVED = "received", _("received")
        QUEUED = "queued", pgettext_lazy("message", "waits")
        SENDING = "sending", pgettext_lazy("message", "on its way")
        SENT = "sent", pgettext_lazy("message", "sent")
        DELIVERED = "delivered", pgettext_lazy("message", "delivered")
        READ = "read", pgettext_lazy("message", "read")
        FAILED = "failed", pgettext_lazy("message", "not sent")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    direction = models.CharField(max_length=4, choices=Direction.choices)
    author = models.CharField(max_length=10, choices=Author.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=13, choices=Kind.choices, default=Kind.TEXT)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)  # a location, a card, the button that was pressed
    provider = models.CharField(max_length=10, choices=Channel.Provider.choices)
    provider_id = models.CharField(max_length=190, blank=True)
    quoted_id = models.CharField(max_length=190, blank=True)
    status = models.CharField(max_length=9, choices=Status.choices)
    error = models.CharField(max_length=40, blank=True)  # the provider's code, or ours
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    written_at = models.DateTimeField(default=timezone.now)  # by the provider's clock
    edited_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    is_backlog = models.BooleanField(default=False)  # arrived long after it was written: stored, not answered
    is_heeded = models.BooleanField(default=False)  # acted on as it came; the assistant has nothing to say to it
    # Of outbound messages:
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(max_length=120, blank=True)  # "reminder:17"
    answers = models.BigIntegerField(null=True, blank=True)  # the customer's newest message that this one answers
    due_at = models.DateTimeField(null=True, blank=True)  # next attempt; empty once sent or given up
    expires_at = models.DateTimeField(null=True, blank=True)  # no stale replies hours later
    attempts = models.PositiveSmallIntegerField(default=0)
    template = models.JSONField(null=True, blank=True)  # {"content_sid", "variables"}: outside the 24 hours

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "provider", "provider_id"], condition=~Q(provider_id=""), name="message_once"
            ),
            models.UniqueConstraint(
                fields=["business", "purpose"], condition=~Q(purpose=""), name="message_one_per_purpose"
            ),
            models.UniqueConstraint(fields=["conversation", "answers"], name="message_answered_once"),
        ]
        indexes = [
            models.Index(fields=["conversation", "id"], name="message_of_conversation"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="message_due"),
            # `__icontains` compares upper(…); three letters or more find their rows here.
            GinIndex(F("business_id"), OpClass(Upper("text"), "gin_trgm_ops"), name="message_by_text"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} #{self.pk}"


class MessageMedia(TenantModel):
    """A file that came or goes with a message; voice carries what was said in it."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="media")
    source = models.CharField(max_length=500, blank=True)  # where the provider keeps it; empty once fetched
    file = models.FileField(upload_to="messages/%Y/%m", blank=True)
    mimetype = models.CharField(max_length=100, blank=True)
    filename = models.CharField(max_length=200, blank=True)
    bytes = models.BigIntegerField(default=0)
    seconds = models.PositiveIntegerField(null=True, blank=True)
    refused = models.CharField(max_length=20, blank=True)  # why it is not kept: too_large, type, gone
    transcript = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # next attempt to fetch or transcribe it
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("file of a message")
        verbose_name_plural = _("files of messages")

    def __str__(self) -> str:
        return f"{self.mimetype} #{self.pk}"
