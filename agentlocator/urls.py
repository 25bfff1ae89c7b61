"""Every address of the product (contract section 3)."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from agentlocator import health, views
from agentlocator.metrics import metrics
from agentlocator.search.views import search
from booking.views import calendar_feed
from calls import sids as _sids  # noqa: F401  # registers `sid`
from whatsapp.flows.views import appointment_page

handler500 = "agentlocator.errors.server_error"
urlpatterns = [
    path("", views.home, name="home"),
    path("business/", views.enter_business, name="enter_business"),
    path("waiting/", views.waiting, name="home_waiting"),
    path("waiting/<sid:call_sid>/seen-to/", views.caller_seen_to, name="caller_seen_to"),
    path("go-live/", views.go_live, name="go_live"),
    path("search/", search, name="search"),
    path("calls/", include("calls.pages.urls")),
    path("inbox/", include("whatsapp.pages.urls")),
    path("leads/", include("agentlocator.lead_urls")),
    path("follow-ups/", include("crm.pages.follow_up_urls")),
    path("documents/", include("agentlocator.sales.urls")),
    path("faq/", include("faq.pages.urls")),
    path("practice/", include("calls.practice.urls")),
    path("connections/whatsapp/", include("whatsapp.connect.urls")),
    path("connections/", include("agentlocator.connections.urls")),
    path("hours/", include("agentlocator.week.urls")),
    path("history/", include("agentlocator.history.urls")),
    path("console/", include("whatsapp.pages.console_urls")),
    path("insights/", include("agentlocator.insights.urls")),
    path("team/", include("agentlocator.accounts.team_urls")),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("", include("agentlocator.accounts.urls")),
    path("admin/", admin.site.urls),
    path("calendar/feed/<str:token>.ics", calendar_feed, name="calendar_feed"),
    path("calendar/", include("booking.pages.urls")),
    path("a/<str:token>/", appointment_page, name="appointment_page"),
    path("webhook/twilio/voice/", include("calls.urls")),
    path("", include("whatsapp.urls")),
    path("api/v1/", include("agentlocator.api_urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
