"""The telephony provider's webhooks."""

from django.urls import path

from calls import webhooks
from calls.voice.at_the_carrier import line_sound

app_name = "calls"
urlpatterns = [
    path("incoming", webhooks.incoming, name="incoming"),
    path("after", webhooks.after, name="after"),
    path("dialled", webhooks.dialled, name="dialled"),
    path("whisper", webhooks.whisper, name="whisper"),
    path("voicemail", webhooks.voicemail, name="voicemail"),
    path("line/<str:token>.wav", line_sound, name="line_sound"),
    path("status", webhooks.status, name="status"),
    path("recording", webhooks.recording, name="recording"),
    path("stream", webhooks.stream, name="stream"),
]
