"""Addresses of quotes and drafts of invoices, all under /documents/."""

from __future__ import annotations

from django.urls import path

from agentlocator.sales import decisions, views

app_name = "sales"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.new, name="new"),
    path("sums/", views.sums, name="sums"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/pdf/", views.pdf, name="pdf"),
    path("<int:pk>/change/", views.change, name="change"),
    path("<int:pk>/approve/", decisions.approve, name="approve"),
    path("<int:pk>/reject/", decisions.reject, name="reject"),
    path("<int:pk>/void/", decisions.void, name="void"),
    path("<int:pk>/send/", decisions.send, name="send"),
]
