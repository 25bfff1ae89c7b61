"""What `agentlocator.api_urls` includes under /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from booking.api import AppointmentViewSet
from booking.api_times import PolicyView, SlotsView, WhyView

router = SimpleRouter()
router.register("appointments", AppointmentViewSet, basename="appointment")

urlpatterns = [
    path("slots/", SlotsView.as_view(), name="slots"),
    path("slots/why/", WhyView.as_view(), name="slots_why"),
    path("policy/", PolicyView.as_view(), name="policy"),
    path("", include(router.urls)),
]
