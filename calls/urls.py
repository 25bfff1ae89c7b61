"""The telephony provider's webhooks."""

from django.urls import path

from calls import webhooks

app_name = "calls"
urlpatterns = [
    path("incoming", webhooks.incoming, name="incoming"),
    path("after", webhooks.after, name="after"),
    path("dialled", webhooks.dialled, name="dialled"),
    path("whisper", webhooks.whisper, name="whisper"),
    path("voicemail", webhooks.voicemail, name="voicemail"),
    path("status", webhooks.status, name="status"),
    path("recording", webhooks.recording, name="recording"),
    path("stream", webhooks.stream, name="stream"),
]
