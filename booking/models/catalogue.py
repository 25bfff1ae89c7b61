"""Who serves, and what can be booked."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.limits import DAILY_LIMITS
from crm.tenancy import TenantModel

FILE_ID = RegexValidator(r"^[a-z0-9][a-z0-9_-]{0,39}$", _("Lower-case Latin letters, digits, - and _."))


class Resource(TenantModel):
    """What one customer at a time occupies: a chair, a therapist, a lift. Every business has one."""

    slug = models.CharField(_("id"), max_length=40, validators=[FILE_ID])
    name = models.CharField(_("name"), max_length=80)
    daily_limit = models.PositiveSmallIntegerField(
        _("appointments a day, at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(DAILY_LIMITS[-1])],
        help_text=_("Empty: as many as fit."),
    )
    is_active = models.BooleanField(_("takes appointments"), default=True)

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["business", "slug"], name="resource_once")]

    def __str__(self) -> str:
        return self.name


class Service(TenantModel):
    """What can be booked. Buffers only keep appointments apart; the customer does not see them."""

    slug = models.CharField(_("id"), max_length=40, validators=[FILE_ID])
    name = models.CharField(_("name"), max_length=80)
    duration_min = models.PositiveSmallIntegerField(
        _("duration (minutes)"), validators=[MinValueValidator(5), MaxValueValidator(24 * 60)]
    )
    buffer_before_min = models.PositiveSmallIntegerField(
        _("buffer before (minutes)"), default=0, validators=[MaxValueValidator(480)]
    )
    buffer_after_min = models.PositiveSmallIntegerField(
        _("buffer after (minutes)"), default=0, validators=[MaxValueValidator(480)]
    )
    price = models.DecimalField(
        _("price (₪)"), max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    resources = models.ManyToManyField(
        Resource, verbose_name=_("given by"), blank=True, related_name="services", help_text=_("Empty: by all.")
    )
    is_active = models.BooleanField(_("can be booked"), default=True)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["business", "slug"], name="service_once"),
            models.CheckConstraint(condition=models.Q(duration_min__gte=5), name="service_has_length"),
        ]

    def __str__(self) -> str:
        return self.name
