"""Signing in and out, one's own account, and accepting an invitation."""

from allauth.account.decorators import secure_admin_login
from allauth.account.views import logout
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from agentlocator.accounts import join_views, me_views

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    # The admin has no doors of its own: one way in, with its lock and second factor, and one way out.
    path("admin/login/", secure_admin_login(admin.site.login)),
    path("admin/logout/", logout),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("me/", me_views.index, name="me"),
    path("me/language/", me_views.language, name="language"),
    path("join/<str:secret>/", join_views.join, name="join"),
]
