"""The business's own page, which needs every app, and the people who may sign in."""

from __future__ import annotations

from typing import Any

from allauth.account import admin as _address_pages  # noqa: F401  # as below
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _factor_pages  # noqa: F401  # as below
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse, reverse_lazy
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken import admin as _token_pages  # noqa: F401  # registers TokenProxy, taken back below
from rest_framework.authtoken.models import TokenProxy
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from agentlocator.accounts.notices import tell_of
from agentlocator.policy_page import rules_in_force
from booking.admin.fields import IntervalField
from booking.admin.hours import ClosureInline, OpeningHoursInline
from booking.admin.preview import ShowsEffect
from booking.admin.rules import decide_view, settle
from booking.facts import DEFAULT_RESOURCE
from booking.models import Resource
from booking.owner_rules import proposals
from calls.admin import PhoneLineInline, TwilioAccountInline
from calls.prompts import follow_settings
from calls.ringing import why_not_ring
from crm.admin.badges import badge
from crm.admin.base import HouseStacked, HouseTabular, TenantForm, in_business_of
from crm.admin.fields import OwnWordsField, PhoneField
from crm.admin.stale import WarnsWhenStale
from crm.models import Business, BusinessSettings, Membership
from crm.names import name_of
from crm.roles import current_business, is_platform_admin, role_of, user_here
from crm.tenancy import for_business

HOLIDAY_CALENDARS = (("", _("none")), ("IL", _("Israel")))


class BusinessForm(forms.ModelForm):  # type: ignore[type-arg]  # the admin gives it its fields
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "timezone" in self.fields:
            no_zone = _("There is no such time zone. Choose one of the list, such as Asia/Jerusalem.")
            self.fields["timezone"].error_messages["invalid_choice"] = no_zone


class SettingsForm(TenantForm):
    slot_size_min = IntervalField(
        label=_("interval between appointments (minutes)"),
        initial=60,
        help_text=BusinessSettings._meta.get_field("slot_size_min").help_text,
    )
    ai_prompt_calls = OwnWordsField(
        label=_("instructions for calls"),
        help_text=format_lazy(
            '{} <a class="al-link" href="{}">{}</a>',
            _("Saved here, they hold from the next call on. To try them first, write a draft:"),
            reverse_lazy("admin:calls_promptversion_changelist"),
            _("versions of the instructions"),
        ),
    )
    ai_prompt_whatsapp = OwnWordsField(label=_("instructions for messages"))
    transfer_to = PhoneField(
        label=_("a person's number"),
        required=False,
        max_length=24,
        help_text=BusinessSettings._meta.get_field("transfer_to").help_text,
    )
    holidays_calendar = forms.ChoiceField(
        label=_("holiday calendar"), required=False, widget=UnfoldAdminSelectWidget(), choices=HOLIDAY_CALENDARS
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "holidays_closed" in self.fields:
            self.fields["holidays_closed"].help_text = _(
                "Every year anew, until a day is decided on the holidays page."
            )
        if "max_call_min" in self.fields:
            self.fields["max_call_min"].help_text = _("Shortly before, callers are told; then the call ends politely.")
        own = self.instance.holidays_calendar  # a business file may name any country
        if own and own not in dict(HOLIDAY_CALENDARS):
            self.fields["holidays_calendar"].choices = [*HOLIDAY_CALENDARS, (own, own)]  # type: ignore[attr-defined]  # it is the ChoiceField above

    def clean_transfer_to(self) -> str:
        number = str(self.cleaned_data["transfer_to"] or "")
        if number and (problem := why_not_ring(number, self.instance.business_id)):
            raise forms.ValidationError(problem)
        return number

    def has_changed(self) -> bool:
        """A new business gets its row even if every default suits it."""
        return self.instance.pk is None or super().has_changed()


class SettingsInline(HouseStacked):
    model = BusinessSettings
    form = SettingsForm
    can_delete = False
    min_num = max_num = 1
    verbose_name_plural = _("rules and instructions")
    verbose_name = _("rules and instructions")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("slot_size_min", "booking_window_days"),
                    ("min_notice_min", "cancel_notice_min"),
                    ("daily_limit", "phone_source"),
                    ("allow_24_7", "require_phone_before_booking"),
                    ("holidays_calendar", "holidays_closed"),
                )
            },
        ),
        (_("People and recordings"), {"fields": (("transfer_to", "record_calls"), "recordings_kept_days")}),
        (_("Limits of a call"), {"fields": (("max_call_min", "max_call_cost_cents"),)}),
        (_("Listening"), {"fields": (("patience_ms", "barge_in_level"),)}),
        (_("Instructions"), {"fields": ("ai_prompt_calls", "ai_prompt_whatsapp")}),
    )


class TeamInline(HouseTabular):
    model = Membership
    form = ModelForm  # type: ignore[assignment]  # a membership decides the tenant and is not guarded by it
    autocomplete_fields = ("user",)
    readonly_fields = ("member",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only those who may see all users choose among them. Owners have the team page, which keeps an owner."""
        return is_platform_admin(request)

    has_change_permission = has_delete_permission = has_add_permission

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user", "role") if is_platform_admin(request) else ("member", "role")

    @admin.display(description=_("user"))
    def member(self, row: Membership) -> str:
        return name_of(row.user)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(db_field, request, label=_("user"), **kwargs)


@admin.register(Business)
class BusinessAdmin(ShowsEffect, WarnsWhenStale, ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """Everything that is set once. Owners come straight to their own business."""

    form = BusinessForm
    list_display = ("name", "answers", "zone")
    search_fields = ("name", "slug")
    fields = (("name", "slug"), ("timezone", "is_active"))
    secret_fields = ("auth_token",)
    inlines = (OpeningHoursInline, ClosureInline, SettingsInline, PhoneLineInline, TwilioAccountInline, TeamInline)
    change_form_show_cancel_button = True
    warn_unsaved_form = True
    compressed_fields = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Business]:
        rows: QuerySet[Business] = super().get_queryset(request)
        business = current_business(request)
        if business is not None:
            return rows.filter(pk=business.pk)
        return rows if is_platform_admin(request) else rows.none()

    def get_readonly_fields(self, request: HttpRequest, obj: Business | None = None) -> tuple[str, ...]:
        """Addresses and files hang on the short name: only the platform gives it."""
        return () if is_platform_admin(request) else ("slug",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_platform_admin(request) and current_business(request) is None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_platform_admin(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        business = current_business(request)
        if business is not None and role_of(request) is not None:
            return HttpResponseRedirect(reverse("admin:crm_business_change", args=[business.pk]))
        return super().changelist_view(request, extra_context)  # type: ignore[no-any-return]  # unfold ships no types

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if object_id else None
        with in_business_of(row.pk if row else None):
            context = extra_context or {}
            if row is not None:
                context |= {"policy": SimpleLazyObject(lambda: rules_in_force(row, now=timezone.now()))}
            response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
            return response.render() if hasattr(response, "render") else response

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Every business has somebody who serves, and the rules of its instructions follow their words."""
        business = form.instance
        known = proposals(business)
        super().save_related(request, form, formsets, change)
        with for_business(business):
            if not Resource.objects.exists():
                Resource.objects.create(business=business, slug=DEFAULT_RESOURCE, name=business.name[:80])
        follow_settings(business, by=user_here(request))
        for sentence in settle(business, known):
            self.message_user(request, sentence, messages.WARNING)

    def get_urls(self) -> list[URLPattern]:
        rules = path("<int:business_id>/rules/", self.admin_site.admin_view(self.rules_view), name="crm_business_rules")
        return [rules, *super().get_urls()]

    def rules_view(self, request: HttpRequest, business_id: int) -> HttpResponse:
        """The owner's word on a rule that the instructions state."""
        business = self.get_object(request, str(business_id))
        if business is None:
            raise Http404
        if request.method != "POST" or not self.has_change_permission(request, business):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | {"opts": self.opts}
        back_to = reverse("admin:crm_business_change", args=[business.pk])
        with in_business_of(business.pk):
            return decide_view(request, business, context=context, back_to=back_to)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404

    @admin.display(description=_("answers calls"), ordering="is_active")
    def answers(self, business: Business) -> SafeString:
        return badge(_("on"), "ok") if business.is_active else badge(_("paused"), "warn")

    @admin.display(description=_("time zone"), ordering="timezone")
    def zone(self, business: Business) -> str:
        return str(business.timezone)


class PlatformOnly:
    """Pages of the whole installation."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_platform_admin(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_platform_admin(request)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


# Importing their modules has registered these. API tokens are made by `create_api_token` and shown there only;
# addresses are each user's own affair.
admin.site.unregister([User, Group, TokenProxy, EmailAddress, Authenticator])


@admin.register(User)
class HouseUserAdmin(PlatformOnly, UserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]  # unfold ships no types
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class HouseGroupAdmin(PlatformOnly, GroupAdmin, ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """Groups as Django has them; the house itself asks for roles only."""


@admin.register(Authenticator)
class SecondFactorAdmin(PlatformOnly, ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """Who lost both the phone and the recovery codes gets in again once the row is deleted. Its secret stays unseen."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    fields = list_display

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_add_permission

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        super().delete_model(request, obj)
        self._tell_owner_of(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        rows = list(queryset.select_related("user"))
        super().delete_queryset(request, queryset)
        for row in rows:
            self._tell_owner_of(row)

    def _tell_owner_of(self, row: Authenticator) -> None:
        if row.type == Authenticator.Type.TOTP:
            tell_of("mfa/email/totp_deactivated", row.user, at=timezone.now())
