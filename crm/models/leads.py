"""The people who contact a business, and what is to be done about them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F
from django.db.models.functions import Upper
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.models.businesses import E164, Medium
from crm.tenancy import TenantModel


class Tag(TenantModel):
    """A word of the business's own to sort people by."""

    name = models.CharField(_("tag"), max_length=40)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["business", "name"], name="tag_once_per_business")]

    def __str__(self) -> str:
        return self.name


class Lead(TenantModel):
    """A person who contacted the business. `phone` is E.164, empty while unknown."""

    class Status(models.TextChoices):
        NEW = "new", _("new")
        IN_PROGRESS = "in_progress", pgettext_lazy("customer stage", "in progress")
        BOOKED = "booked", pgettext_lazy("customer stage", "booked")
        REGULAR = "regular", _("regular")
        IRRELEVANT = "irrelevant", _("irrelevant")

    name = models.CharField(_("name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True, validators=[E164])
    status = models.CharField(_("stage"), max_length=12, choices=Status.choices, default=Status.NEW)
    source = models.CharField(_("medium"), max_length=10, choices=Medium.choices, default=Medium.STAFF)
    notes = models.TextField(_("notes"), blank=True)
    created_at = models.DateTimeField(_("created"), default=now, editable=False)
    last_contact_at = models.DateTimeField(_("last contact"), null=True, blank=True, editable=False)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    tags: models.ManyToManyField[Tag, LeadTag] = models.ManyToManyField(
        Tag, verbose_name=_("tags"), through="LeadTag", related_name="leads", blank=True
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "phone"], condition=~models.Q(phone=""), name="lead_once_per_phone"
            ),
        ]
        indexes = [
            models.Index(fields=["business", "-created_at"], name="lead_newest"),
            models.Index(fields=["business", "status", "-created_at"], name="lead_newest_of_stage"),
            # `__icontains` compares upper(…); three letters or more find their rows here.
            GinIndex(F("business_id"), OpClass(Upper("name"), "gin_trgm_ops"), name="lead_by_name"),
            GinIndex(F("business_id"), OpClass(Upper("phone"), "gin_trgm_ops"), name="lead_by_phone"),
        ]

    def __str__(self) -> str:
        return self.name or self.phone or str(_("unknown"))


class LeadTag(TenantModel):
    """One tag on one person."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("tag of a customer")
        verbose_name_plural = _("tags of customers")
        constraints = [models.UniqueConstraint(fields=["lead", "tag"], name="lead_tagged_once")]

    def __str__(self) -> str:
        return f"{self.lead_id}/{self.tag_id}"


class LeadIdentity(TenantModel):
    """How a channel names a person when the phone number may be unknown."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="identities")
    channel = models.CharField(max_length=20)
    external_id = models.CharField(max_length=190)

    class Meta:
        verbose_name = _("channel identity")
        verbose_name_plural = _("channel identities")
        constraints = [
            models.UniqueConstraint(fields=["business", "channel", "external_id"], name="identity_once_per_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} #{self.pk}"


class Activity(TenantModel):
    """One contact or event in a person's timeline. `key` makes writing it twice harmless."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="activities")
    kind = models.CharField(_("activity"), max_length=40)
    medium = models.CharField(_("medium"), max_length=10, choices=Medium.choices)
    text = models.TextField(_("summary"), blank=True)
    occurred_at = models.DateTimeField(_("time"), default=now)
    key = models.CharField(max_length=120)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )  # who of the staff wrote it; empty: the product did
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)  # a note taken back; it can be put back

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("timeline")
        ordering = ["-occurred_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["business", "key"], name="activity_once")]
        indexes = [models.Index(fields=["business", "-occurred_at"], name="activity_newest")]

    def __str__(self) -> str:
        return self.kind


class FollowUp(TenantModel):
    """Something a person of the staff must do."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="follow_ups", null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    due_at = models.DateTimeField(_("due"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), default=now, editable=False)
    key = models.CharField(max_length=120, blank=True)
    call_sid = models.CharField(max_length=64, blank=True, editable=False)  # of the call it is about

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(fields=["business", "key"], condition=~models.Q(key=""), name="follow_up_once"),
        ]
        indexes = [
            models.Index(fields=["business", "due_at"], condition=models.Q(done_at=None), name="follow_up_open"),
            models.Index(fields=["business", "call_sid"], condition=~models.Q(call_sid=""), name="follow_up_of_call"),
        ]

    def __str__(self) -> str:
        return self.reason


class LeadMerge(TenantModel):
    """Two rows of one person made one. `snapshot` is what it takes to undo it, for thirty days."""

    kept = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="merges")
    snapshot = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"#{self.pk}"


class SavedFilter(TenantModel):
    """A list that a user comes back to: the page and what stands behind the `?` of its address."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=20)  # leads calls
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["business", "user", "page", "name"], name="saved_filter_once_per_name")
        ]

    def __str__(self) -> str:
        return self.name
