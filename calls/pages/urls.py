"""Addresses under `/calls/`. What is no word of ours is a call's id."""

from __future__ import annotations

from django.urls import path, re_path

from calls import sids as _sids  # noqa: F401  # registers `sid`
from calls.pages import deeds, detail, lists, live, saved

app_name = "call_pages"
urlpatterns = [
    path("", lists.call_list, name="list"),
    path("live/", live.live, name="live"),
    path("live/number/", live.number, name="live_number"),
    path("live/<sid:call_sid>/<slug:what>/", live.ask, name="live_ask"),
    path("news/", lists.news, name="news"),
    re_path(r"^export\.(?P<kind>csv|xlsx)$", lists.export, name="export"),
    path("filters/", saved.save, name="save_filter"),
    path("filters/<int:pk>/delete/", saved.delete, name="delete_filter"),
    path("<sid:call_sid>/", detail.detail, name="detail"),
    path("<sid:call_sid>/lines/", detail.lines, name="lines"),
    path("<sid:call_sid>/summary/", detail.summary, name="summary"),
    path("<sid:call_sid>/summary/again/", deeds.summarise, name="summarise"),
    path("<sid:call_sid>/why/<int:index>/", detail.why, name="why"),
    path("<sid:call_sid>/technical/", detail.technical, name="technical"),
    path("<sid:call_sid>/recordings/<int:pk>/", detail.recording, name="recording"),
    path("<sid:call_sid>/follow-ups/", deeds.add_follow_up, name="follow_up"),
    path("<sid:call_sid>/follow-ups/<int:pk>/take-back/", deeds.take_back, name="take_back"),
    path("<sid:call_sid>/follow-ups/<int:pk>/done/", deeds.done, name="done"),
    path("<sid:call_sid>/follow-ups/<int:pk>/reopen/", deeds.reopen, name="reopen"),
    path("<sid:call_sid>/looked-at/", deeds.looked_at, name="looked_at"),
    path("<sid:call_sid>/block/", deeds.block_number, name="block"),
    path("<sid:call_sid>/unblock/", deeds.unblock_number, name="unblock"),
]
