"""Addresses of the inbox, all under /inbox/."""

from __future__ import annotations

from django.urls import path

from whatsapp.pages import deeds, inbox, media

app_name = "inbox"
urlpatterns = [
    path("", inbox.index, name="index"),
    path("media/<int:pk>/", media.media, name="media"),
    path("<int:pk>/", inbox.conversation, name="conversation"),
    path("<int:pk>/write/", deeds.write, name="write"),
    path("<int:pk>/take-over/", deeds.take_over, name="take_over"),
    path("<int:pk>/release/", deeds.release, name="release"),
    path("<int:pk>/close/", deeds.close, name="close"),
    path("<int:pk>/assign/", deeds.assign, name="assign"),
    path("<int:pk>/messages/<int:message>/again/", deeds.again, name="again"),
]
