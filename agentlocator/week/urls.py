"""`/hours/`."""

from django.urls import path

from agentlocator.week import views

app_name = "week"
urlpatterns = [
    path("", views.index, name="index"),
    path("preview/", views.preview, name="preview"),
]
