"""What the business answers when it is asked, and what it was asked without having an answer."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Medium
from crm.tenancy import TenantModel
from faq.attachments import attachment_problem

LONGEST_QUESTION = 200
LONGEST_ASKED = 300  # of what customers ask, as it is kept
MOST_PHRASINGS = 20


class FaqEntry(TenantModel):
    """One question with the owner's answer; `slug` is its id in the business file."""

    slug = models.SlugField(_("id"), max_length=40)
    question = models.CharField(_("question"), max_length=LONGEST_QUESTION)
    phrasings = ArrayField(
        models.CharField(max_length=LONGEST_QUESTION),
        verbose_name=_("other wordings"),
        default=list,
        blank=True,
        size=MOST_PHRASINGS,
        help_text=_("Other ways in which customers ask this."),
    )
    answer = models.TextField(_("answer"))
    media = models.FileField(
        _("picture or file"),
        upload_to="faq/%Y/%m/",
        blank=True,
        max_length=200,
        help_text=_("JPEG, PNG, WebP or PDF, up to 5 MB. Sent with the answer in messages."),
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    in_calls = models.BooleanField(_("for calls"), default=True)
    in_messages = models.BooleanField(_("for messages"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("question and answer")
        verbose_name_plural = _("questions and answers")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["business", "slug"], name="faq_once")]

    def __str__(self) -> str:
        return self.question

    def clean(self) -> None:
        super().clean()
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": _("The end lies before the beginning.")})
        if self.media and not self.media._committed and (problem := attachment_problem(self.media.file)):  # type: ignore[attr-defined]  # a FieldFile tells no other way that it is new
            raise ValidationError({"media": problem})

    def holds_on(self, day: date) -> bool:
        """Active, and neither too early nor too late for it."""
        began = self.valid_from is None or self.valid_from <= day
        return self.is_active and began and not self.is_over(day)

    def is_over(self, day: date) -> bool:
        return self.valid_until is not None and self.valid_until < day

    def wordings(self) -> tuple[str, ...]:
        return (self.question, *self.phrasings)


class FaqUse(TenantModel):
    """How often an answer was given on a day; nobody's name is in it."""

    entry = models.ForeignKey(FaqEntry, on_delete=models.CASCADE, related_name="uses")
    day = models.DateField()
    times = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("use of an answer")
        verbose_name_plural = _("uses of answers")
        constraints = [models.UniqueConstraint(fields=["entry", "day"], name="faq_use_once_a_day")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.day:%Y-%m-%d}"


class UnansweredQuestion(TenantModel):
    """Asked by a customer, and no entry was sure enough. Those that ask the same hang on the first of them.

    `reference` is the call or conversation it was asked in. What became of the group stands in its first question.
    """

    text = models.CharField(_("question"), max_length=LONGEST_ASKED)
    medium = models.CharField(_("medium"), max_length=10, choices=Medium.choices)
    reference = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    group = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="alike")
    entry = models.ForeignKey(FaqEntry, on_delete=models.SET_NULL, null=True, blank=True, related_name="came_from")
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("unanswered question")
        verbose_name_plural = _("unanswered questions")
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "medium", "reference", "text"],
                condition=~models.Q(reference=""),
                name="unanswered_once_where_asked",
            )
        ]
        indexes = [
            models.Index(
                fields=["business", "-asked_at"],
                condition=models.Q(group=None, entry=None, dismissed_at=None),
                name="unanswered_open",
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        return self.entry_id is None and self.dismissed_at is None


class FaqEmbedding(TenantModel):
    """A text's vector as the provider made it: kept by what the text says, so that none is paid for twice."""

    model = models.CharField(max_length=80)
    text_hash = models.CharField(max_length=64)  # SHA-256 of the text
    vector = models.BinaryField()  # little-endian floats of 32 bits
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("embedding")
        verbose_name_plural = _("embeddings")
        constraints = [models.UniqueConstraint(fields=["business", "model", "text_hash"], name="embedding_once")]

    def __str__(self) -> str:
        return f"{self.model} {self.text_hash[:8]}"


def local_day(now: datetime, zone: object) -> date:
    """The date on the business's clock."""
    return now.astimezone(zone).date()  # type: ignore[arg-type]  # a ZoneInfo; the column's type is wider
