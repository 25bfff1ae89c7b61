"""`/connections/`."""

from django.urls import path

from agentlocator.connections import views

app_name = "connections"
urlpatterns = [
    path("", views.index, name="index"),
    path("numbers/", views.connect, name="connect"),
    path("<slug:key>/check/", views.check, name="check"),
]
