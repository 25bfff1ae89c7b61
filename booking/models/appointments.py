"""What has been booked, what happened to it, and what attempts were told."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models.catalogue import Resource, Service
from crm.models import Lead, Medium
from crm.tenancy import TenantModel


class Appointment(TenantModel):
    """A booked time. `during` is what the resource is blocked for: start to end plus the service's buffers.

    A held one is a time that a call in progress was offered: it keeps others out until `held_until`, and need not
    know yet for whom.
    """

    class Status(models.TextChoices):
        HELD = "held", _("held for a caller")
        CONFIRMED = "confirmed", _("booked")
        CANCELLED = "cancelled", _("cancelled")
        COMPLETED = "completed", _("took place")
        NO_SHOW = "no_show", _("no-show")

    # What nobody else may overlap. Noted as having taken place, an appointment may still be under way.
    LIVE = (Status.HELD, Status.CONFIRMED, Status.COMPLETED)

    resource = models.ForeignKey(Resource, verbose_name=_("with"), on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(
        Service, verbose_name=_("service"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lead = models.ForeignKey(
        Lead, verbose_name=_("customer"), on_delete=models.PROTECT, null=True, related_name="appointments"
    )
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    during = DateTimeRangeField(editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.CONFIRMED)
    held_until = models.DateTimeField(_("held until"), null=True, editable=False)
    medium = models.CharField(_("medium"), max_length=10, choices=Medium.choices)
    customer_name = models.CharField(_("name"), max_length=120, blank=True)
    customer_phone = models.CharField(_("phone"), max_length=16, blank=True)
    # Of the staff; no customer hears or reads it.
    note = models.CharField(_("note"), max_length=300, blank=True, default="", db_default="")
    call_sid = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    attendance_confirmed_at = models.DateTimeField(_("attendance confirmed"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["-starts_at"]
        indexes = [
            models.Index(fields=["business", "starts_at"], name="appointment_by_start"),
            models.Index(fields=["held_until"], condition=models.Q(status="held"), name="appointment_held"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="appointment_has_length"
            ),
            models.CheckConstraint(
                condition=models.Q(status="held", held_until__isnull=False)
                | (~models.Q(status="held") & models.Q(held_until__isnull=True, lead__isnull=False)),
                name="appointment_held_or_somebodys",
            ),
            models.UniqueConstraint(
                fields=["business", "call_sid"], condition=models.Q(status="held"), name="appointment_one_hold_a_call"
            ),
            ExclusionConstraint(
                name="appointment_no_overlap",
                expressions=[("resource", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=models.Q(status__in=["held", "confirmed", "completed"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_name} {timezone.localtime(self.starts_at):%d/%m/%Y %H:%M}"


class AppointmentChange(TenantModel):
    """One thing that happened to an appointment: what, when, who did it and through which medium. Never altered."""

    class Kind(models.TextChoices):
        CREATED = "created", _("booked")
        ATTENDANCE = "attendance", _("attendance confirmed")
        RESCHEDULED = "rescheduled", _("moved")
        RESIZED = "resized", _("length changed")
        NOTED = "noted", _("note changed")
        CANCELLED = "cancelled", _("cancelled")
        COMPLETED = "completed", _("took place")
        NO_SHOW = "no_show", _("no-show")

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(_("what"), max_length=12, choices=Kind.choices)
    medium = models.CharField(_("medium"), max_length=10, choices=Medium.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(_("time"), default=timezone.now)
    old_starts_at = models.DateTimeField(_("from"), null=True)
    new_starts_at = models.DateTimeField(_("to"), null=True)
    # Of what moved or changed its length: where it stood before, and where after.
    old_ends_at = models.DateTimeField(null=True)
    new_ends_at = models.DateTimeField(null=True)
    old_resource = models.ForeignKey(Resource, on_delete=models.SET_NULL, null=True, related_name="+")
    new_resource = models.ForeignKey(Resource, on_delete=models.SET_NULL, null=True, related_name="+")
    # The staff's note, of what was booked with one or had it changed.
    old_note = models.CharField(max_length=300, blank=True, default="", db_default="")
    new_note = models.CharField(max_length=300, blank=True, default="", db_default="")
    overrode = models.CharField(
        _("against the rule"), max_length=20, blank=True
    )  # a code of contract section 4, or daily_limit
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("history")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.get_kind_display()


class KeptAnswer(TenantModel):
    """What a booking attempt under this key was told. A repeated key is told the same and books nothing new."""

    key = models.CharField(max_length=140)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [models.UniqueConstraint(fields=["business", "key"], name="answer_once_per_key")]

    def __str__(self) -> str:
        return f"answer #{self.pk}"
