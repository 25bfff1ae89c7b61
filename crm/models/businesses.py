"""A business and what its owner decides."""

from __future__ import annotations

from django.core.validators import (
    BaseValidator,
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
    StepValueValidator,
)
from django.db import models
from django.utils.text import format_lazy
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from crm.limits import (
    BARGE_IN_LEVELS,
    CALL_COSTS_CENTS,
    CALL_LENGTHS_MIN,
    DAILY_LIMITS,
    NOTICE_MIN,
    PATIENCE_MS,
    RECORDINGS_KEPT_DAYS,
    SLOT_SIZES_MIN,
    WINDOW_DAYS,
)
from crm.tenancy import TenantModel

E164 = RegexValidator(r"^\+[1-9]\d{6,14}$", _("Write the number with its country code, such as +972521234567."))


def _within(numbers: range) -> list[BaseValidator]:
    """Validators that together admit exactly these numbers, which are the multiples of their step."""
    ends: list[BaseValidator] = [MinValueValidator(numbers[0]), MaxValueValidator(numbers[-1])]
    return ends if numbers.step == 1 else [*ends, StepValueValidator(numbers.step)]


class Medium(models.TextChoices):
    """How we met a person; also where an appointment was made."""

    PHONE = "phone", _("Call")
    WHATSAPP = "whatsapp", _("WhatsApp")
    WEB = "web", _("Website")
    STAFF = "staff", _("Staff")
    API = "api", _("API")


class Business(models.Model):
    """One customer of the installation: a barbershop, a clinic, a garage."""

    slug = models.SlugField(_("short name"), unique=True, help_text=_("Latin letters, for addresses and files."))
    name = models.CharField(_("name"), max_length=120)
    timezone = TimeZoneField(_("time zone"), default="Asia/Jerusalem", choices_display="WITH_GMT_OFFSET")
    is_active = models.BooleanField(_("answers calls"), default=True)
    created_at = models.DateTimeField(_("created"), default=now, editable=False)

    class Meta:
        verbose_name = _("business")
        verbose_name_plural = _("businesses")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PhoneSource(models.TextChoices):
    """Where the caller's number for a booking comes from."""

    KEYPAD = "keypad", _("keyed in during the call")
    CALLER_ID = "caller_id", _("the number they call from")


class BusinessSettings(TenantModel):
    """What the owner decides. One row per business; opening hours are rows of `booking.OpeningHours`."""

    business = models.OneToOneField(Business, on_delete=models.CASCADE, related_name="settings")
    slot_size_min = models.PositiveSmallIntegerField(
        _("interval between appointments (minutes)"),
        default=60,
        validators=_within(SLOT_SIZES_MIN),
        help_text=format_lazy(
            _("A multiple of {step}, from {least} to {most}."),
            step=SLOT_SIZES_MIN.step,
            least=SLOT_SIZES_MIN[0],
            most=SLOT_SIZES_MIN[-1],
        ),
    )
    allow_24_7 = models.BooleanField(_("open 24/7"), default=False)
    booking_window_days = models.PositiveSmallIntegerField(
        _("bookable up to (days ahead)"), default=30, validators=_within(WINDOW_DAYS)
    )
    min_notice_min = models.PositiveIntegerField(
        _("minimum notice (minutes)"), default=0, validators=[MaxValueValidator(NOTICE_MIN[-1])]
    )
    daily_limit = models.PositiveSmallIntegerField(
        _("appointments a day, at most"),
        null=True,
        blank=True,
        validators=_within(DAILY_LIMITS),
        help_text=_("Empty: as many as fit."),
    )
    cancel_notice_min = models.PositiveIntegerField(
        _("customers cancel or move up to (minutes before)"),
        default=0,
        validators=[MaxValueValidator(NOTICE_MIN[-1])],
        help_text=_("Later than that, only the staff can. 0: up to the start."),
    )
    require_phone_before_booking = models.BooleanField(_("phone number required"), default=True)
    phone_source = models.CharField(
        _("customer's number"), max_length=10, choices=PhoneSource.choices, default=PhoneSource.KEYPAD
    )
    ai_prompt_calls = models.TextField(_("instructions for calls"), blank=True)
    ai_prompt_whatsapp = models.TextField(_("instructions for messages"), blank=True)
    transfer_to = models.CharField(
        _("a person's number"),
        max_length=16,
        blank=True,
        validators=[E164],
        help_text=_("Calls are handed over to it during opening hours."),
    )
    barge_in_level = models.PositiveSmallIntegerField(
        _("loudness that interrupts"),
        null=True,
        blank=True,
        validators=_within(BARGE_IN_LEVELS),
        help_text=_("Lower: the assistant stops at softer voices. Empty: as usual. Raise it for noisy callers."),
    )
    patience_ms = models.PositiveSmallIntegerField(
        _("pause that ends a sentence (ms)"),
        null=True,
        blank=True,
        validators=_within(PATIENCE_MS),
        help_text=_("Longer for callers who speak slowly. Empty: as usual."),
    )
    max_call_min = models.PositiveSmallIntegerField(
        _("longest call (minutes)"), default=30, validators=_within(CALL_LENGTHS_MIN)
    )
    max_call_cost_cents = models.PositiveIntegerField(
        _("most a call may cost (US cents)"),
        null=True,
        blank=True,
        validators=_within(CALL_COSTS_CENTS),
        help_text=_("The call is brought to a polite end there. Empty: no limit."),
    )
    record_calls = models.BooleanField(
        _("record calls"), default=False, help_text=_("Callers are told so in the first sentence.")
    )
    recordings_kept_days = models.PositiveSmallIntegerField(
        _("recordings are deleted after (days)"),
        null=True,
        blank=True,
        validators=_within(RECORDINGS_KEPT_DAYS),
        help_text=_("Transcript and summary stay. Empty: recordings are kept."),
    )
    holidays_calendar = models.CharField(_("holiday calendar"), max_length=2, blank=True)
    holidays_closed = models.BooleanField(_("closed on holidays"), default=False)

    class Meta:
        verbose_name = _("settings")
        verbose_name_plural = _("settings")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(slot_size_min__gte=SLOT_SIZES_MIN[0], slot_size_min__lte=SLOT_SIZES_MIN[-1]),
                name="settings_slot_size_in_range",
            ),
        ]

    def __str__(self) -> str:
        return str(self.business)
