"""What `agentlocator.api_urls` includes under /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from booking.api import AppointmentViewSet, SlotsView

router = SimpleRouter()
router.register("appointments", AppointmentViewSet, basename="appointment")

urlpatterns = [path("slots/", SlotsView.as_view(), name="slots"), path("", include(router.urls))]
