"""How the admin looks and where its side column leads. Read at the end of `agentlocator.settings`."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

_static = lazy(static, str)  # the storage behind it exists only once settings are loaded


def _link(title: Any, icon: str, to: Any, *, shown_to: str | None = None) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": to} | ({"permission": shown_to} if shown_to else {})


def _never(request: Any) -> bool:
    """Home is no page of the admin; every address begins with its own."""
    return False


BASE_COLORS = {
    "50": "#f8fafb",
    "100": "#f1f3f5",
    "200": "#e2e6e8",
    "300": "#ced4d7",
    "400": "#99a3a9",
    "500": "#5d6a70",
    "600": "#46535a",
    "700": "#334148",
    "800": "#1f2b31",
    "900": "#111b21",
    "950": "#060c10",
}
PRIMARY_COLORS = {
    "50": "#eefafb",
    "100": "#daf3f5",
    "200": "#b8e4ea",
    "300": "#8bd0d9",
    "400": "#54b1bf",
    "500": "#1b90a0",
    "600": "#006f7f",
    "700": "#005968",
    "800": "#044552",
    "900": "#083540",
    "950": "#022028",
}
_MEMBER = "crm.roles.is_member"
_OWNER = "crm.roles.is_owner"
_PLATFORM = "crm.roles.is_platform_admin"

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "AgentLocator",
    "SITE_HEADER": "AgentLocator",
    "SITE_SUBHEADER": "agentlocator.context.business_name",
    "SITE_SYMBOL": "support_agent",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "COLORS": {"base": BASE_COLORS, "primary": PRIMARY_COLORS},
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _static("favicon.svg")}],
    "STYLES": [_static("css/tokens.css"), _static("css/pieces.css"), _static("css/admin.css")],
    "SIDEBAR": {
        "navigation": [
            {
                "items": [
                    _link(_("Home"), "home", reverse_lazy("home")) | {"active": _never},
                    _link(_("Calls"), "call", reverse_lazy("admin:calls_callsession_changelist"), shown_to=_MEMBER),
                    _link(
                        _("Appointments"),
                        "event",
                        reverse_lazy("admin:booking_appointment_changelist"),
                        shown_to=_MEMBER,
                    ),
                    _link(_("Customers"), "group", reverse_lazy("admin:crm_lead_changelist"), shown_to=_MEMBER),
                    _link(_("Follow-ups"), "task_alt", reverse_lazy("admin:crm_followup_changelist"), shown_to=_MEMBER),
                ]
            },
            {
                "title": _("Assistant"),
                "items": [
                    _link(
                        _("Instructions"),
                        "description",
                        reverse_lazy("admin:calls_promptversion_changelist"),
                        shown_to=_MEMBER,
                    ),
                    _link(
                        _("Questions and answers"),
                        "help",
                        reverse_lazy("admin:faq_faqentry_changelist"),
                        shown_to=_MEMBER,
                    ),
                ],
            },
            {
                "title": _("Settings"),
                "items": [
                    _link(
                        _("Business and opening hours"),
                        "storefront",
                        reverse_lazy("admin:crm_business_changelist"),
                        shown_to=_MEMBER,
                    ),
                    _link(
                        _("Holidays"), "celebration", reverse_lazy("admin:booking_holiday_changelist"), shown_to=_MEMBER
                    ),
                    _link(
                        _("Services"), "content_cut", reverse_lazy("admin:booking_service_changelist"), shown_to=_MEMBER
                    ),
                    _link(
                        _("Who serves"), "chair", reverse_lazy("admin:booking_resource_changelist"), shown_to=_MEMBER
                    ),
                    _link(
                        _("Blocked callers"),
                        "block",
                        reverse_lazy("admin:calls_blockednumber_changelist"),
                        shown_to=_MEMBER,
                    ),
                    _link(
                        _("Lines without the assistant"),
                        "record_voice_over",
                        reverse_lazy("admin:calls_voiceclip_changelist"),
                        shown_to=_OWNER,
                    ),
                    _link(
                        _("Links to a personal calendar"),
                        "link",
                        reverse_lazy("admin:booking_calendarfeed_changelist"),
                        shown_to=_OWNER,
                    ),
                ],
            },
            {
                "title": _("Platform"),
                "items": [
                    _link(_("Users"), "person", reverse_lazy("admin:auth_user_changelist"), shown_to=_PLATFORM),
                    _link(_("Groups"), "groups", reverse_lazy("admin:auth_group_changelist"), shown_to=_PLATFORM),
                ],
            },
        ]
    },
}
