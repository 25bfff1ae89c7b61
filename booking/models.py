"""Who serves, when, and what has been booked."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Case, F, Func, IntegerField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, ExtractHour, ExtractMinute
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.limits import DAILY_LIMITS
from crm.models import Lead, Medium
from crm.tenancy import TenantModel

FILE_ID = RegexValidator(r"^[a-z0-9][a-z0-9_-]{0,39}$", _("Lower-case Latin letters, digits, - and _."))


class Weekday(models.IntegerChoices):
    """The week as Israel counts it; not Python's, where Monday is 0."""

    SUNDAY = 0, _("Sunday")
    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")


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


class CalendarFeed(TenantModel):
    """A secret address at which a calendar program reads the appointments. Only its digest is kept."""

    resource = models.ForeignKey(
        Resource,
        verbose_name=_("resource"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: the whole business."),
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    last_read_at = models.DateTimeField(_("last read"), null=True, editable=False)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [models.UniqueConstraint(fields=["business", "resource"], name="feed_once", nulls_distinct=False)]

    def __str__(self) -> str:
        return str(self.resource or self.business)


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
