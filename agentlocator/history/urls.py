"""`/history/`."""

from django.urls import path

from agentlocator.history import views

app_name = "history"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:transaction>/undo/", views.take_back, name="undo"),
]
