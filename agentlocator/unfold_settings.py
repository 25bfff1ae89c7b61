"""How the admin looks; its side column is `agentlocator.admin_menu`. Read at the end of `agentlocator.settings`."""

from typing import Any

from django.templatetags.static import static
from django.utils.functional import lazy

_static = lazy(static, str)  # the storage behind it exists only once settings are loaded


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
    "SIDEBAR": {"navigation": "agentlocator.admin_menu.navigation"},
}
