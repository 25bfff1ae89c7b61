"""Who works in a business, and how they see the product."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from crm.models.businesses import E164, Business
from crm.tenancy import TenantModel


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    STAFF = "staff", _("staff")


class Membership(models.Model):
    """Which user may enter which business, and as what. Not tenant-guarded: it is what decides the tenant."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="memberships"
    )
    business = models.ForeignKey(
        Business, verbose_name=_("business"), on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.STAFF)
    phone = models.CharField(
        _("phone"), max_length=16, blank=True, validators=[E164], help_text=_("Rings when a call is taken over.")
    )

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team")
        constraints = [models.UniqueConstraint(fields=["user", "business"], name="membership_once_per_business")]

    def __str__(self) -> str:
        return f"{self.user} · {self.business}"


class Invitation(TenantModel):
    """An offer, sent by e-mail, to join a business. Its link's secret is kept as a hash, and is good for one person."""

    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.STAFF)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("created"), default=now, editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="invitation_open_once_per_email",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Preferences(models.Model):
    """How one user wants to see the product, whatever business they are in. Not tenant-guarded."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="he")

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return f"#{self.user_id}"
