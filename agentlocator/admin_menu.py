"""The admin's side column: the same places in the same order as on every other page, then the pages of the admin."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agentlocator.house import Group, House
from crm.roles import is_member, is_owner, is_platform_admin

# Symbols of static/icons.svg -> names in the font that the admin's theme brings along.
_ICONS = {
    "home": "home",
    "phone": "call",
    "live": "sensors",
    "chat": "chat",
    "term": "terminal",
    "wa": "sms",
    "cal": "calendar_month",
    "users": "group",
    "check": "task_alt",
    "faq": "help",
    "mic": "mic",
    "chart": "bar_chart",
    "clock": "schedule",
    "user": "badge",
    "srv": "lan",
    "doc": "history",
    "gear": "settings",
}
# Of the admin alone: title, icon, view, whether it is the owners'.
_PAGES: tuple[tuple[str | Promise, str, str, bool], ...] = (
    (gettext_lazy("Services"), "content_cut", "admin:booking_service_changelist", False),
    (gettext_lazy("Who serves"), "chair", "admin:booking_resource_changelist", False),
    (gettext_lazy("Holidays"), "celebration", "admin:booking_holiday_changelist", False),
    (gettext_lazy("Instructions"), "description", "admin:calls_promptversion_changelist", False),
    (gettext_lazy("Lines without the assistant"), "record_voice_over", "admin:calls_voiceclip_changelist", True),
    (gettext_lazy("Quick replies"), "quickreply", "admin:whatsapp_quickreply_changelist", False),
    (gettext_lazy("Blocked callers"), "block", "admin:calls_blockednumber_changelist", False),
    (gettext_lazy("Links to a personal calendar"), "link", "admin:booking_calendarfeed_changelist", True),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups as the theme wants them; only what this user may open."""
    groups = [_of_house(group, request) for group in House(request).menu]
    if is_member(request):
        shown = [page for page in _PAGES if is_owner(request) or not page[3]]
        items = [_item(str(title), icon, reverse(view)) for title, icon, view, _owners in shown]
        groups.append({"title": _("Further settings"), "items": items})
    if is_platform_admin(request):
        users = _item(_("Users"), "person", reverse("admin:auth_user_changelist"))
        teams = _item(_("Groups"), "groups", reverse("admin:auth_group_changelist"))
        businesses = _item(_("Businesses"), "storefront", reverse("admin:crm_business_changelist"))
        groups.append({"title": _("Platform"), "items": [businesses, users, teams]})
    return groups


def _of_house(group: Group, request: HttpRequest) -> dict[str, Any]:
    return {
        "title": group.title,
        "items": [
            # Where the address is that of an admin page the theme finds out itself whether one is there.
            _item(item.title, _ICONS[item.icon], item.address)
            | ({"active": request.path == item.address} if _is_page(item.address) else {})
            for item in group.items
        ],
    }


def _is_page(address: str) -> bool:
    """Outside the admin, or its first page: every address of the admin begins with that one."""
    admin = reverse("admin:index")
    return address == admin or not address.startswith(admin)


def _item(title: str, icon: str, link: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": link}
