"""Addresses of the questions and answers, all under /faq/."""

from __future__ import annotations

from django.urls import path

from faq.pages import asking, entries, files, questions

app_name = "faq"
urlpatterns = [
    path("", entries.index, name="index"),
    path("add/", entries.add, name="add"),
    path("ask/", asking.ask, name="ask"),
    path("export/", files.export, name="export"),
    path("import/", files.upload, name="import"),
    path("import/<int:pk>/", files.preview, name="import_preview"),
    path("questions/<int:pk>/dismiss/", questions.dismiss_question, name="dismiss"),
    path("questions/<int:pk>/restore/", questions.restore_question, name="restore_question"),
    path("restore/<str:token>/", entries.restore, name="restore"),
    path("<int:pk>/", entries.change, name="change"),
    path("<int:pk>/media/", entries.media, name="media"),
    path("<int:pk>/remove/", entries.remove, name="remove"),
]
