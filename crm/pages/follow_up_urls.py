"""Addresses of the things to do, all under /follow-ups/."""

from __future__ import annotations

from django.urls import path

from crm.pages import follow_ups

app_name = "follow_ups"
urlpatterns = [
    path("", follow_ups.follow_ups, name="list"),
    path("add/", follow_ups.add, name="add"),
    path("people/", follow_ups.people, name="people"),
    path("<int:pk>/", follow_ups.change, name="change"),
    path("<int:pk>/done/", follow_ups.done, name="done"),
    path("<int:pk>/undo/", follow_ups.undo, name="undo"),
]
