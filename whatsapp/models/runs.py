"""What the assistant did in writing: each run, each step of it, and what waits for a person's word."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.tenancy import TenantModel
from whatsapp.models.conversations import Conversation


class AgentRun(TenantModel):
    """The work between a customer's message and the answer to it.

    `state` is the run as it stood when it began to wait for a person, made by definition `version` of the assistant.
    `replay_of`: the same message tried against other instructions; it does nothing and sends nothing.
    """

    class Status(models.TextChoices):
        RUNNING = "running", pgettext_lazy("run", "working")
        WAITING = "waiting", pgettext_lazy("run", "waits for approval")
        DONE = "done", pgettext_lazy("run", "done")
        FAILED = "failed", pgettext_lazy("run", "failed")

    class Engine(models.TextChoices):
        MODEL = "model", _("language model")
        RULES = "rules", _("rules, without a language model")
        FAQ = "faq", _("a ready answer")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="runs")
    message_id = models.BigIntegerField(null=True, blank=True)  # the customer's newest message it answers
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.RUNNING)
    engine = models.CharField(_("by"), max_length=6, choices=Engine.choices)
    model = models.CharField(max_length=60, blank=True)
    version = models.CharField(max_length=20)
    instructions = models.TextField(blank=True)
    state = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    error = models.CharField(max_length=60, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost_cents = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    replay_of = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="replays")

    class Meta:
        verbose_name = _("run of the assistant")
        verbose_name_plural = _("runs of the assistant")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["business", "-id"], name="run_newest"),
            models.Index(fields=["business", "status", "-id"], name="run_of_state"),
            models.Index(fields=["conversation", "-id"], name="run_of_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.engine} #{self.pk}"


class AgentTrace(TenantModel):
    """One step of a run: what was called, with what, and what came of it."""

    class Kind(models.TextChoices):
        MODEL = "model", _("language model")
        TOOL = "tool", _("tool")
        GUARD = "guard", _("guard")
        APPROVAL = "approval", _("approval")
        REPLY = "reply", _("answer")

    run = models.ForeignKey(AgentRun, on_delete=models.CASCADE, related_name="steps")
    index = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=60)  # of a tool: calendar.find_slots
    arguments = models.JSONField(default=dict, blank=True)
    result = models.JSONField(null=True, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    ms = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("step of a run")
        verbose_name_plural = _("steps of runs")
        ordering = ["run_id", "index"]
        constraints = [models.UniqueConstraint(fields=["run", "index"], name="trace_step_once")]
        indexes = [models.Index(fields=["business", "-run"], condition=Q(kind="guard"), name="trace_of_guards")]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class Approval(TenantModel):
    """A tool call that a person has to allow: it destroys, costs money or reaches a third person."""

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("approval", "waits")
        APPROVED = "approved", pgettext_lazy("approval", "approved")
        EDITED = "edited", pgettext_lazy("approval", "approved with changes")
        REJECTED = "rejected", pgettext_lazy("approval", "rejected")
        EXPIRED = "expired", pgettext_lazy("approval", "expired")

    run = models.ForeignKey(AgentRun, on_delete=models.CASCADE, related_name="approvals")
    tool = models.CharField(max_length=60)
    call_id = models.CharField(max_length=80)
    arguments = models.JSONField(default=dict)
    edited = models.JSONField(null=True, blank=True)  # the arguments that were allowed instead
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.WAITING)
    reason = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["run", "call_id"], name="approval_once")]
        indexes = [
            models.Index(fields=["business", "-id"], condition=Q(status="waiting"), name="approval_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.tool} #{self.pk}"
