"""What providers call, and from where they fetch what we send."""

from django.urls import path

from whatsapp.baileys.hook import hook
from whatsapp.media_links import outgoing_file
from whatsapp.twilio import webhooks as twilio

urlpatterns = [
    path("webhook/baileys/", hook, name="baileys_hook"),
    path("webhook/twilio/whatsapp/incoming", twilio.incoming, name="twilio_whatsapp_incoming"),
    path("webhook/twilio/whatsapp/status", twilio.status, name="twilio_whatsapp_status"),
    path("media/messages/<str:token>", outgoing_file, name="outgoing_file"),
]
