"""The callers whom the business does not answer."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from calls.models import BlockedNumber
from crm.admin.base import MEMBERS, HouseAdmin, TenantForm
from crm.admin.fields import PhoneField
from crm.templatetags.isolates import moment, phone


class BlockedNumberForm(TenantForm):
    number = PhoneField(label=_("number"), max_length=24)


@admin.register(BlockedNumber)
class BlockedNumberAdmin(HouseAdmin):
    """Whom the business does not answer. Taking a number off the list lets it call again."""

    form = BlockedNumberForm
    adders = changers = deleters = MEMBERS
    list_display = ("shown", "reason", "blocked_by", "since")
    list_select_related = ("blocked_by",)
    search_fields = ("number", "reason")
    fields = ("number", "reason")
    ordering = ("-created_at",)

    def save_model(self, request: HttpRequest, obj: BlockedNumber, form: Any, change: bool) -> None:
        if not change:
            obj.blocked_by = cast(User, request.user)
        super().save_model(request, obj, form, change)

    @admin.display(description=_("number"), ordering="number")
    def shown(self, row: BlockedNumber) -> str:
        return phone(row.number)

    @admin.display(description=_("blocked"), ordering="created_at")
    def since(self, row: BlockedNumber) -> str:
        return moment(row.created_at)
