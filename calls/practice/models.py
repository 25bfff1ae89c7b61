"""What is kept of calls that are held in the practice page: what they try, and the appointments they make."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from booking.models import Resource, Service
from crm.tenancy import TenantModel


class PracticeCall(TenantModel):
    """What one call in the browser tries; the version of the instructions stands on the call itself."""

    call = models.OneToOneField("calls.CallSession", on_delete=models.CASCADE, related_name="practice")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    # How far the call's own time is from the real one, in seconds.
    shift_s = models.BigIntegerField(default=0)
    # A week in the shape of the business file; null: the hours that are in force.
    hours = models.JSONField(null=True, blank=True)

    class Meta:
        app_label = "calls"
        verbose_name = _("practice call")
        verbose_name_plural = _("practice calls")

    def __str__(self) -> str:
        return f"practice/{self.call_id}"


class PracticeAppointment(TenantModel):
    """An appointment that was made in a practice call. Nobody comes, nobody is reminded, no calendar shows it."""

    class Status(models.TextChoices):
        CONFIRMED = "confirmed", _("booked")
        CANCELLED = "cancelled", _("cancelled")

    call = models.ForeignKey("calls.CallSession", on_delete=models.CASCADE, related_name="practice_appointments")
    resource = models.ForeignKey(Resource, on_delete=models.SET_NULL, null=True, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.SET_NULL, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    during = DateTimeRangeField()  # with the buffers around it
    customer_name = models.CharField(max_length=120)
    customer_phone = models.CharField(max_length=16, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CONFIRMED)

    class Meta:
        app_label = "calls"
        verbose_name = _("practice appointment")
        verbose_name_plural = _("practice appointments")
        ordering = ["starts_at", "pk"]

    def __str__(self) -> str:
        return f"practice/{self.call_id}/{self.pk}"
