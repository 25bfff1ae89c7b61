"""Everything under /api/v1/ (contract section 4)."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from calls.api import CallViewSet, TurnViewSet
from crm.api import LeadViewSet
from whatsapp.api import ConversationViewSet, MessageViewSet

router = SimpleRouter()
router.register("leads", LeadViewSet, basename="lead")
router.register("calls", CallViewSet, basename="call")
router.register("turns", TurnViewSet, basename="turn")
router.register("conversations", ConversationViewSet, basename="conversation")
router.register("messages", MessageViewSet, basename="message")

urlpatterns = [path("", include("booking.urls")), path("", include(router.urls))]
