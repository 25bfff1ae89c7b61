"""Customers with their timeline, and what the staff owes them."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.admin.badges import badge
from crm.admin.base import MEMBERS, OWNER, HouseAdmin, ReadOnlyTabular, TenantForm
from crm.admin.fields import PhoneField
from crm.admin.imports import LeadTables
from crm.admin.links import link_of
from crm.lead_services import forget_further_phone, owner_of_phone
from crm.models import Activity, FollowUp, Lead
from crm.phones import normalize_phone
from crm.services import STAGE_MOVES, finish_follow_up
from crm.templatetags.isolates import moment, phone

STAGE_TONES = {
    Lead.Status.NEW: "warn",
    Lead.Status.IN_PROGRESS: "live",
    Lead.Status.BOOKED: "ok",
    Lead.Status.REGULAR: "ok",
    Lead.Status.IRRELEVANT: "hollow",
}


class TimelineInline(ReadOnlyTabular):
    model = Activity
    fields = ("when", "medium", "text")
    readonly_fields = ("when",)
    verbose_name_plural = _("timeline")

    @admin.display(description=_("time"))
    def when(self, row: Activity) -> str:
        return moment(row.occurred_at)


class LeadForm(TenantForm):
    phone = PhoneField(label=_("phone"), required=False, max_length=24)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A stage leads to some others only; a new card may begin anywhere."""
        super().__init__(*args, **kwargs)
        if self.instance.pk and "status" in self.fields:
            open_to = {self.instance.status, *STAGE_MOVES[self.instance.status]}
            field = cast(forms.ChoiceField, self.fields["status"])
            field.choices = [choice for choice in Lead.Status.choices if choice[0] in open_to]

    def clean_phone(self) -> str:
        number = str(self.cleaned_data["phone"])
        owner = owner_of_phone(number)
        if owner is not None and owner.pk != self.instance.pk:
            raise ValidationError(_("This number already belongs to another customer."))
        return number


@admin.register(Lead)
class LeadAdmin(LeadTables, HouseAdmin):
    form = LeadForm
    adders = changers = MEMBERS
    deleters = OWNER
    list_display = ("who", "number", "stage", "source", "first_seen", "last_seen")
    list_filter = ("status", "source")
    search_fields = ("name", "phone")
    search_help_text = _("Name or phone")
    ordering = ("-created_at", "-pk")
    fields = ("name", "phone", "status", "notes", "source", "first_seen", "last_seen")
    readonly_fields = ("source", "first_seen", "last_seen")
    inlines = (TimelineInline,)

    def save_model(self, request: HttpRequest, obj: Lead, form: Any, change: bool) -> None:
        if change:
            forget_further_phone(obj, obj.phone)
        super().save_model(request, obj, form, change)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Lead], search_term: str
    ) -> tuple[QuerySet[Lead], bool]:
        return super().get_search_results(request, queryset, normalize_phone(search_term) or search_term)  # type: ignore[no-any-return]  # unfold ships no types

    @admin.display(description=_("customer"), ordering="name")
    def who(self, row: Lead) -> str:
        return row.name or phone(row.phone) or str(row)

    @admin.display(description=_("phone"), ordering="phone")
    def number(self, row: Lead) -> str:
        return phone(row.phone)

    @admin.display(description=_("stage"), ordering="status")
    def stage(self, row: Lead) -> SafeString:
        return badge(row.get_status_display(), STAGE_TONES[Lead.Status(row.status)])

    @admin.display(description=_("created"), ordering="created_at")
    def first_seen(self, row: Lead) -> str:
        return moment(row.created_at)

    @admin.display(description=_("last contact"), ordering="last_contact_at")
    def last_seen(self, row: Lead) -> str:
        return moment(row.last_contact_at)


@admin.register(FollowUp)
class FollowUpAdmin(HouseAdmin):
    adders = changers = MEMBERS
    list_display = ("reason", "customer", "due", "state")
    list_filter = (("done_at", admin.EmptyFieldListFilter),)
    list_select_related = ("lead",)
    search_fields = ("reason", "lead__name", "lead__phone")
    fields = ("reason", "lead", "origin", "due_at", "done_at")
    readonly_fields = ("origin", "done_at")
    autocomplete_fields = ("lead",)
    actions = ("mark_done",)

    @admin.display(description=_("customer"), ordering="lead__name")
    def customer(self, row: FollowUp) -> str:
        return (row.lead.name or phone(row.lead.phone) or str(row.lead)) if row.lead else ""

    @admin.display(description=_("where from"))
    def origin(self, row: FollowUp) -> SafeString | str:
        return link_of(row)

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, row: FollowUp) -> str:
        return moment(row.due_at)

    @admin.display(description=_("status"), ordering="done_at")
    def state(self, row: FollowUp) -> SafeString:
        if row.done_at is not None:
            return badge(_("done"), "ok")
        return badge(_("overdue"), "bad") if row.due_at < timezone.now() else badge(_("open"), "warn")

    @admin.action(description=_("Mark as done"), permissions=["change"])
    def mark_done(self, request: HttpRequest, rows: QuerySet[FollowUp]) -> None:
        by, now = cast(User, request.user), timezone.now()
        count = sum(finish_follow_up(follow_up=row, by=by, now=now) for row in rows)
        text = ngettext("One follow-up is done.", "%(count)d follow-ups are done.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
