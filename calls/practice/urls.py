"""The practice page: its form, the beginning of a call, and what became of one."""

from django.urls import path

from calls import sids as _sids  # noqa: F401  # registers `sid`
from calls.practice import views

app_name = "practice"
urlpatterns = [
    path("", views.index, name="index"),
    path("start/", views.start, name="start"),
    path("<sid:call_sid>/", views.call, name="call"),
]
