"""Every address of the product (contract section 3)."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from agentlocator import health, views
from agentlocator.metrics import metrics
from booking.views import calendar_feed

urlpatterns = [
    path("", views.home, name="home"),
    path("business/", views.enter_business, name="enter_business"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("calendar/feed/<str:token>.ics", calendar_feed, name="calendar_feed"),
    path("webhook/twilio/voice/", include("calls.urls")),
    path("api/v1/", include("agentlocator.api_urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
