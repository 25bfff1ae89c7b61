"""The product's addresses and one whose view breaks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from agentlocator.urls import handler500, urlpatterns

__all__ = ["handler500", "urlpatterns"]


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("as pages do")


urlpatterns = [*urlpatterns, path("broken/", broken)]
