"""`/insights/`."""

from django.urls import path

from agentlocator.insights import views

app_name = "insights"
urlpatterns = [
    path("", views.index, name="index"),
    path("insights.xlsx", views.export, name="export"),
]
