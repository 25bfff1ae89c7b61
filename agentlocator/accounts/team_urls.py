"""Addresses of the team page."""

from django.urls import path

from agentlocator.accounts import team_views

app_name = "team"
urlpatterns = [
    path("", team_views.index, name="index"),
    path("invite/", team_views.invite, name="invite"),
    path("invitations/<int:pk>/withdraw/", team_views.withdraw_invitation, name="withdraw"),
    path("<int:pk>/", team_views.member, name="member"),
    path("<int:pk>/remove/", team_views.remove, name="remove"),
]
