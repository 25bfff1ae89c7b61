"""When there is service: the ordinary week, dates that differ from it, and what the owner decided about rules."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Case, F, Func, IntegerField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, ExtractHour, ExtractMinute
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models.catalogue import Resource
from crm.tenancy import TenantModel


class Weekday(models.IntegerChoices):
    """The week as Israel counts it; not Python's, where Monday is 0."""

    SUNDAY = 0, _("Sunday")
    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")


def _minutes(weekday_field: str, time_field: str) -> Combinable:
    """Minutes from Sunday 00:00 to this time of this weekday."""
    return F(weekday_field) * 1440 + ExtractHour(F(time_field)) * 60 + ExtractMinute(F(time_field))


def week_minutes() -> Func:
    """A weekly window in minutes since Sunday 00:00; one that passes midnight runs into the next day.

    Built of expressions, not of SQL text: validation puts the values of an unsaved row in place of the columns.
    """
    next_day = Case(When(closes__lte=F("opens"), then=Value(1440)), default=Value(0))
    return Func(
        Cast(_minutes("weekday", "opens"), IntegerField()),
        Cast(_minutes("weekday", "closes") + next_day, IntegerField()),
        function="int4range",
        output_field=IntegerRangeField(),
    )


class OpeningHours(TenantModel):
    """One weekly window, local wall time. `closes` at or before `opens` means the next day."""

    resource = models.ForeignKey(
        Resource,
        verbose_name=_("resource"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="hours",
        help_text=_("Empty: the whole business."),
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday.choices)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(opens=models.F("closes")),
                name="hours_have_length",
                violation_error_message=_("The closing time equals the opening time."),
            ),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="hours_weekday"),
            ExclusionConstraint(
                name="hours_do_not_overlap",
                expressions=[
                    ("business", RangeOperators.EQUAL),
                    (Coalesce("resource", 0), RangeOperators.EQUAL),
                    (week_minutes(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This window overlaps another one of the same day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Closure(TenantModel):
    """A date with other hours than its weekday's: closed, or open only in the given window (one row each).

    With a resource it is that one's time off, or its special hours; the others keep theirs.
    """

    resource = models.ForeignKey(
        Resource,
        verbose_name=_("resource"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="closures",
        help_text=_("Empty: the whole business."),
    )
    on_date = models.DateField(_("date"))
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures and special days")
        ordering = ["on_date", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(opens__isnull=True, closes__isnull=True)
                | (models.Q(opens__isnull=False, closes__isnull=False) & ~models.Q(opens=models.F("closes"))),
                name="closure_whole_or_window",
                violation_error_message=_("Give both hours, or none for a closed day."),
            ),
            models.UniqueConstraint(
                fields=["business", "resource", "on_date", "opens"], name="closure_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_date:%d/%m/%Y}"


class Holiday(TenantModel):
    """What the owner decided about one holy day; explicit closures of that date go before it."""

    class Treatment(models.TextChoices):
        CLOSED = "closed", _("closed")
        FRIDAY = "friday", _("Friday hours")
        ORDINARY = "ordinary", _("an ordinary day")

    on_date = models.DateField(_("date"))
    name = models.CharField(_("holiday"), max_length=80)
    treatment = models.CharField(_("treated as"), max_length=10, choices=Treatment.choices)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["on_date"]
        constraints = [models.UniqueConstraint(fields=["business", "on_date"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.on_date:%d/%m/%Y}"


class OwnerRule(TenantModel):
    """What the owner decided about a rule that their own instructions state. Only confirmed ones are in force."""

    class Field(models.TextChoices):
        SLOT_SIZE = "slot_size_min", _("Interval between appointments")
        ALWAYS_OPEN = "allow_24_7", _("open 24/7")
        HOURS = "opening_hours", _("Opening hours")
        NOTICE = "min_notice_min", _("Minimum notice")
        WINDOW = "window_days", _("Bookable up to")
        PHONE = "require_phone", _("Phone before booking")

    field = models.CharField(_("rule"), max_length=20, choices=Field.choices)
    value = models.JSONField()  # as `booking.owner_rules` writes it
    quote = models.TextField(_("words"))
    is_confirmed = models.BooleanField(_("in force"))
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("rule of the instructions")
        verbose_name_plural = _("rules of the instructions")
        constraints = [models.UniqueConstraint(fields=["business", "field"], name="owner_rule_once")]

    def __str__(self) -> str:
        return self.get_field_display()
