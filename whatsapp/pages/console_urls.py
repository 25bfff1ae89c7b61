"""Addresses of the console, all under /console/."""

from __future__ import annotations

from django.urls import path

from whatsapp.pages import console, decisions

app_name = "console"
urlpatterns = [
    path("", console.index, name="index"),
    path("<int:pk>/", console.run, name="run"),
    path("<int:pk>/replay/", decisions.replay, name="replay"),
    path("approvals/<int:pk>/", console.approval, name="approval"),
    path("approvals/<int:pk>/approve/", decisions.approve, name="approve"),
    path("approvals/<int:pk>/reject/", decisions.reject, name="reject"),
    path("approvals/<int:pk>/edit/", decisions.edit, name="edit"),
]
