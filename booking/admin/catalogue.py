"""What can be booked, and with whom."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from booking.admin.hours import ResourceHoursInline, TimeOffInline
from booking.admin.preview import ShowsEffect
from booking.models import Resource, Service
from crm.admin.base import HouseAdmin, SluggedForm


@admin.register(Service)
class ServiceAdmin(ShowsEffect, HouseAdmin):
    form = SluggedForm
    list_display = ("name", "duration", "cost", "given_by", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    fields = (
        ("name", "slug"),
        ("duration_min", "price"),
        ("buffer_before_min", "buffer_after_min"),
        "resources",
        "is_active",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Service]:
        return super().get_queryset(request).prefetch_related("resources")  # type: ignore[no-any-return]  # unfold ships no types

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(
            db_field, request, widget=UnfoldAdminCheckboxSelectMultipleWidget(), **kwargs
        )

    @admin.display(description=_("duration"), ordering="duration_min")
    def duration(self, row: Service) -> str:
        return _("%(count)d min") % {"count": row.duration_min}

    @admin.display(description=_("price"), ordering="price")
    def cost(self, row: Service) -> str:
        return "" if row.price is None else f"{row.price.normalize():f} ₪"

    @admin.display(description=_("given by"))
    def given_by(self, row: Service) -> str:
        return ", ".join(resource.name for resource in row.resources.all()) or str(_("all"))


@admin.register(Resource)
class ResourceAdmin(ShowsEffect, HouseAdmin):
    form = SluggedForm
    list_display = ("name", "slug", "is_active")
    search_fields = ("name", "slug")
    fields = (("name", "slug"), "daily_limit", "is_active")
    inlines = (ResourceHoursInline, TimeOffInline)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Every business has one: the last resource stays."""
        return super().has_delete_permission(request, obj) and (obj is None or Resource.objects.count() > 1)
