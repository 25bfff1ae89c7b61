"""Addresses of the calendar."""

from django.urls import path

from booking.pages import calendar, closing, events, links, making, moving, panel

app_name = "calendar"
urlpatterns = [
    path("", calendar.index, name="index"),
    path("print/", calendar.printed, name="print"),
    path("events/", events.events, name="events"),
    path("new/", making.new, name="new"),
    path("people/", making.people, name="people"),
    path("closure/", closing.close, name="close"),
    path("link/", links.link, name="link"),
    path("<int:pk>/", panel.detail, name="detail"),
    path("<int:pk>/cancel/", panel.cancel, name="cancel"),
    path("<int:pk>/move/", moving.move, name="move"),
    path("<int:pk>/undo/", moving.undo, name="undo"),
    path("<int:pk>/words/", panel.words, name="words"),
    path("<int:pk>/<slug:move>/", panel.note, name="note"),
]
