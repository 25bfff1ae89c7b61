"""The owner's answers."""

from __future__ import annotations

from django.contrib import admin

from crm.admin.base import MEMBERS, HouseAdmin, SluggedForm
from faq.models import FaqEntry


@admin.register(FaqEntry)
class FaqEntryAdmin(HouseAdmin):
    """Staff write answers, the owner also deletes them."""

    form = SluggedForm
    adders = changers = MEMBERS
    list_display = ("question", "is_active")
    list_filter = ("is_active",)
    search_fields = ("question", "answer")
    fields = ("question", "answer", ("slug", "is_active"))
