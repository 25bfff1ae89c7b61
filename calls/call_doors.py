"""What the staff can do from a call's page: hear its recordings, block its caller, let them call again."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from calls.models import BlockedNumber, CallSession, Recording
from calls.numbers import number_of
from calls.sound_page import sound_response
from crm.admin.base import MEMBERS, HouseAdmin, TenantForm, in_business_of
from crm.admin.fields import PhoneField
from crm.admin.links import origin_of
from crm.roles import role_of
from crm.templatetags.isolates import moment, phone


class CallDoors:
    """Further addresses of the calls' admin."""

    admin_site: admin.AdminSite

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        blocking = require_POST(partial(self.block_view, block=True))
        unblocking = require_POST(partial(self.block_view, block=False))
        own = [
            path(
                "<path:object_id>/recordings/<int:recording_id>/",
                wrap(require_safe(self.recording_view)),
                name="calls_callsession_recording",
            ),
            path("<path:object_id>/block/", wrap(blocking), name="calls_callsession_block"),
            path("<path:object_id>/unblock/", wrap(unblocking), name="calls_callsession_unblock"),
        ]
        return own + cast("list[URLPattern]", super().get_urls())  # type: ignore[misc]  # the admin's

    def recording_view(self, request: HttpRequest, object_id: str, recording_id: int) -> HttpResponseBase:
        call = self._call(request, object_id)
        with in_business_of(call.business_id):
            recording = call.recordings.filter(pk=recording_id, status=Recording.Status.STORED).first()
            if recording is None or not recording.file.storage.exists(str(recording.file.name)):
                raise Http404
            return sound_response(request, recording.file, name=f"{recording.kind}-{recording.pk}")

    def block_view(self, request: HttpRequest, object_id: str, *, block: bool) -> HttpResponse:
        call = self._call(request, object_id)
        number = number_of(call.from_number)
        if role_of(request) not in MEMBERS or not number:
            raise PermissionDenied
        with in_business_of(call.business_id):
            if block:
                by = {"blocked_by": request.user}
                BlockedNumber.objects.get_or_create(business=call.business, number=number, defaults=by)
                told = _("Calls from this number are not answered any more.")
            else:
                BlockedNumber.objects.filter(number=number).delete()
                told = _("Calls from this number are answered again.")
        messages.success(request, told)
        return HttpResponseRedirect(reverse("admin:calls_callsession_change", args=[call.pk]))

    def _call(self, request: HttpRequest, object_id: str) -> CallSession:
        pages = cast("Any", self)
        call: CallSession | None = pages.get_object(request, unquote(object_id))
        if not pages.has_view_permission(request, call):
            raise PermissionDenied
        if call is None:
            raise Http404
        return call


def doors_of(call: CallSession) -> dict[str, Any]:
    """What the page shows of them. Within the call's business."""
    number = number_of(call.from_number)
    return {
        "recordings": list(call.recordings.order_by("created_at")),
        "can_block": bool(number),
        "is_blocked": bool(number) and BlockedNumber.objects.filter(number=number).exists(),
    }


class BlockedNumberForm(TenantForm):
    number = PhoneField(label=_("number"), max_length=24)


@origin_of("call")
def page_of(call_sid: str) -> str:
    """The page of a call that something is owed for. Within the scope of its business."""
    found = CallSession.objects.filter(call_sid=call_sid).values_list("pk", flat=True).first()
    return reverse("admin:calls_callsession_change", args=[found]) if found else ""


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
            obj.blocked_by = cast("User", request.user)
        super().save_model(request, obj, form, change)

    @admin.display(description=_("number"), ordering="number")
    def shown(self, row: BlockedNumber) -> str:
        return phone(row.number)

    @admin.display(description=_("blocked"), ordering="created_at")
    def since(self, row: BlockedNumber) -> str:
        return moment(row.created_at)
