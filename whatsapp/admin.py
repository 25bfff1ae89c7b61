"""Channels and quick replies in the admin. A channel is set up on its own page outside."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm.admin.badges import badge
from crm.admin.base import MEMBERS, HouseAdmin, ReadOnlyAdmin, TenantForm
from crm.roles import current_business, is_owner
from crm.templatetags.isolates import near, phone
from whatsapp.flows import admin as _flow_pages  # noqa: F401  # registers the automatic messages
from whatsapp.health import trouble_of
from whatsapp.models import Channel, QuickReply


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    """How each one is; owners are led to where it is connected."""

    list_display = ("name", "shown_number", "condition", "in_use", "heard")
    fields = ("provider", "number", "state", "is_current", "last_inbound_at")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if current_business(request) is not None and is_owner(request):
            return HttpResponseRedirect(reverse("whatsapp_connect:index"))
        return super().changelist_view(request, extra_context)  # type: ignore[no-any-return]  # unfold ships no types

    @admin.display(description=_("provider"), ordering="provider")
    def name(self, channel: Channel) -> str:
        return str(channel)

    @admin.display(description=_("number"), ordering="number")
    def shown_number(self, channel: Channel) -> str:
        return phone(channel.number)

    @admin.display(description=_("state"), ordering="state")
    def condition(self, channel: Channel) -> SafeString:
        trouble = trouble_of(channel)
        return badge(trouble.words, trouble.tone) if trouble else badge(channel.get_state_display(), "ok")

    @admin.display(description=_("in use"), boolean=True)
    def in_use(self, channel: Channel) -> bool:
        return channel.is_current

    @admin.display(description=_("last message"), ordering="last_inbound_at")
    def heard(self, channel: Channel) -> str:
        return near(channel.last_inbound_at) if channel.last_inbound_at else ""


class QuickReplyForm(TenantForm):
    """Words as they will be sent: nothing invisible at their ends."""

    def clean_title(self) -> str:
        return str(self.cleaned_data["title"]).strip()

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n").strip()
        if not text:
            raise forms.ValidationError(_("This field is required."))
        return text


@admin.register(QuickReply)
class QuickReplyAdmin(HouseAdmin):
    """Everybody who answers customers may word them."""

    form = QuickReplyForm
    adders = changers = deleters = MEMBERS
    list_display = ("title", "text")
    search_fields = ("title", "text")
    fields = ("title", "text")
