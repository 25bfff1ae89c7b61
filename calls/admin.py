"""Calls in the admin: a list to look through; each opens on its own page outside. Lines and keys of the business."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminPasswordWidget

from calls import call_doors as _call_doors  # noqa: F401  # registers the blocked callers
from calls import lines
from calls import prompt_admin as _prompt_admin  # noqa: F401  # registers the versions of the instructions
from calls.badges import caller_name, outcome_badge
from calls.call_page import cost_in_dollars
from calls.latency_page import latency_page
from calls.lines import is_trusted
from calls.models import CallSession, PhoneLine, TwilioAccount
from calls.voice import pages as _voice_pages  # noqa: F401  # registers the page of the local lines
from crm.admin.badges import badge
from crm.admin.base import HouseStacked, HouseTabular, ReadOnlyAdmin, TenantForm
from crm.admin.fields import PhoneField
from crm.phones import normalize_phone
from crm.roles import current_business, is_owner, is_platform_admin
from crm.templatetags.isolates import duration, ltr, moment, phone
from crm.tenancy import for_everyone


@admin.register(CallSession)
class CallAdmin(ReadOnlyAdmin):
    list_display = ("caller", "number", "result", "gist", "lasted", "corrected", "cost", "started")
    list_filter = ("outcome", "status", "is_practice")
    list_select_related = ("lead",)
    search_fields = ("from_number", "lead__name", "call_sid", "summary")
    search_help_text = _("Name, phone or words of the summary")
    actions_list = ("response_times",)
    ordering = ("-started_at",)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """What calls cost is the owners' to know."""
        return [column for column in super().get_list_display(request) if column != "cost" or is_owner(request)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CallSession]:
        return super().get_queryset(request).defer("prompt")  # type: ignore[no-any-return]  # unfold ships no types

    @action(description=_("Response times"), url_path="response-times", permissions=["view"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def response_times(self, request: HttpRequest) -> HttpResponse:
        return latency_page(request, self.admin_site)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CallSession], search_term: str
    ) -> tuple[QuerySet[CallSession], bool]:
        return super().get_search_results(request, queryset, normalize_phone(search_term) or search_term)  # type: ignore[no-any-return]  # unfold ships no types

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Calls are read outside the admin; whoever works in no business is told to enter the call's."""
        call: CallSession | None = self.get_object(request, unquote(object_id))
        if call is not None and request.method == "GET" and current_business(request) is not None:
            return HttpResponseRedirect(reverse("call_pages:detail", args=[call.call_sid]))
        told = {"outcome": outcome_badge(call), "title": caller_name(call)} if call is not None else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | told)  # type: ignore[no-any-return]  # unfold ships no types

    @admin.display(description=_("caller"), ordering="lead__name")
    def caller(self, call: CallSession) -> str | SafeString:
        return caller_name(call)

    @admin.display(description=_("phone"), ordering="from_number")
    def number(self, call: CallSession) -> str:
        return phone(call.from_number) if call.from_number.startswith("+") else ""

    @admin.display(description=_("outcome"), ordering="outcome")
    def result(self, call: CallSession) -> SafeString:
        return outcome_badge(call)

    @admin.display(description=_("summary"))
    def gist(self, call: CallSession) -> str:
        return Truncator(call.summary).chars(80)

    @admin.display(description=_("duration"), ordering="duration_s")
    def lasted(self, call: CallSession) -> str:
        return duration(call.duration_s)

    @admin.display(description=_("corrections"), ordering="false_claims")
    def corrected(self, call: CallSession) -> SafeString | str:
        return badge(str(call.false_claims), "warn") if call.false_claims else ""

    @admin.display(description=_("cost"), ordering="cost_microusd")
    def cost(self, call: CallSession) -> str:
        return ltr(cost_in_dollars(call.cost_microusd))

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, call: CallSession) -> str:
        return moment(call.started_at)


class LineForm(TenantForm):
    number = PhoneField(label=_("number"), max_length=24)

    def clean_number(self) -> str:
        """One's own number is not taken; another number than before has yet to be shown to be the business's."""
        number = str(self.cleaned_data["number"])
        if self.instance.pk and number != self.initial.get("number"):
            self.instance.verified_at = None
        with for_everyone("one number cannot ring in two businesses"):
            taken = PhoneLine.objects.filter(number=number).exclude(pk=self.instance.pk).exists()
        if taken:
            raise forms.ValidationError(_("This number already belongs to a business."))
        return number


class PlatformLineForm(LineForm):
    """For those who run the installation: they know whose a number is."""

    is_verified = forms.BooleanField(
        label=_("ownership shown"),
        required=False,
        help_text=_("The number is this business's: its owner showed a bill, or it was bought for them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["is_verified"] = self.instance.pk is None or self.instance.verified_at is not None

    def save(self, commit: bool = True) -> PhoneLine:
        known = self.instance.verified_at or timezone.now()
        self.instance.verified_at = known if self.cleaned_data["is_verified"] else None
        line: PhoneLine = super().save(commit)
        return line


class PhoneLineInline(HouseTabular):
    """The number that was called decides whose call it is."""

    model = PhoneLine
    readonly_fields = ("standing",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("number", "is_verified") if is_platform_admin(request) else ("number", "standing")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = PlatformLineForm if is_platform_admin(request) else LineForm
        return super().get_formset(request, obj, **kwargs | {"form": form})

    @admin.display(description=_("ownership"))
    def standing(self, line: PhoneLine) -> SafeString | str:
        if not line.number:  # the row for one more
            return ""
        if is_trusted(line):
            return badge(_("verified"), "ok")
        return format_html("{} {}", badge(_("not verified"), "warn"), lines.REMEDY)


class TwilioAccountForm(TenantForm):
    """The token goes in and never comes out: the field is empty, a placeholder tells whether one is stored."""

    auth_token = forms.CharField(
        label=_("auth token"),
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password", "dir": "ltr"}),
        help_text=_("Stored encrypted and never shown. Empty: stays as it is. To clear it, delete the account here."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account_sid"].widget.attrs["dir"] = "ltr"
        self.initial.pop("auth_token", None)
        if self.instance.pk:
            self.fields["auth_token"].widget.attrs["placeholder"] = _("stored")

    def clean_auth_token(self) -> str:
        token = str(self.cleaned_data["auth_token"])
        if token:
            return token
        if self.instance.pk is None:
            raise forms.ValidationError(_("The token is needed to check that calls come from the provider."))
        return str(self.instance.auth_token)


class TwilioAccountInline(HouseStacked):
    model = TwilioAccount
    form = TwilioAccountForm
    fields = ("account_sid", "auth_token")
    max_num = 1

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keys are the owner's."""
        return self.has_change_permission(request, obj)
