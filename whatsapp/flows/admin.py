"""Which messages go out by themselves, in which words and when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.admin.base import NOBODY, HouseAdmin, TenantForm
from crm.roles import current_business
from whatsapp.flows import words
from whatsapp.flows.planning import ensure_rules
from whatsapp.models import FlowMessage, FlowRule, FlowSettings


class FlowRuleForm(TenantForm):
    """The text may hold only what this purpose has a value for."""

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).strip()
        if unknown := words.unknown_fields(self.instance.purpose, text):
            known = " ".join(f"{{{name}}}" for name in words.FIELDS[self.instance.purpose])
            raise forms.ValidationError(
                _("{%(unknown)s} cannot be filled in here. What can be: %(known)s")
                % {"unknown": unknown[0], "known": known}
            )
        return text


@admin.register(FlowRule)
class FlowRuleAdmin(HouseAdmin):
    """One row for each purpose; the owner switches and words it."""

    form = FlowRuleForm
    adders = deleters = NOBODY
    list_display = ("name", "is_on", "minutes")
    fields = ("name", "is_on", "text", "fields_here", "minutes", "content_sid")
    readonly_fields = ("name", "fields_here")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if (business := current_business(request)) is not None:
            ensure_rules(business)
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    @admin.display(description=gettext_lazy("message"))
    def name(self, row: FlowRule) -> str:
        return str(row)

    @admin.display(description=gettext_lazy("what is filled in"))
    def fields_here(self, row: FlowRule) -> str:
        return " ".join(f"{{{name}}}" for name in words.FIELDS[row.purpose])


@admin.register(FlowSettings)
class FlowSettingsAdmin(HouseAdmin):
    list_display = ("from_time", "until_time", "on_shabbat")
    fields = (("from_time", "until_time"), "on_shabbat", "review_link")

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_add_permission(request, obj) and not FlowSettings.objects.exists()


@admin.register(FlowMessage)
class FlowMessageAdmin(HouseAdmin):
    """What is planned, and what became of what was."""

    adders = changers = deleters = NOBODY
    list_display = ("lead", "purpose", "due_at", "outcome", "why")
    list_filter = ("outcome", "purpose")
    list_select_related = ("lead",)
    fields = ("lead", "purpose", "due_at", "outcome", "why")

    @admin.display(description=gettext_lazy("why not"))
    def why(self, row: FlowMessage) -> str:
        return str(_REASONS.get(row.reason, row.reason))


_REASONS = {
    "off": gettext_lazy("switched off"),
    "late": gettext_lazy("too late for it"),
    "changed": gettext_lazy("the appointment changed"),
    "opted_out": gettext_lazy("the customer wants none"),
    "told": gettext_lazy("they were told already"),
    "unreachable": gettext_lazy("no channel reaches this customer"),
    "answered": gettext_lazy("the conversation went on"),
    "failed": gettext_lazy("a fault here"),
}
