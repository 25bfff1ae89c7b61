"""What every page needs beyond its view: the business's clock and the admin's own content policy."""

from __future__ import annotations

from collections.abc import Callable

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from crm.roles import current_business


class BusinessClockMiddleware:
    """Times are shown and read in the zone of the request's business."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        business = current_business(request)
        with timezone.override(business.timezone if business else None):
            return self.get_response(request)


class ContentPolicyMiddleware(CSPMiddleware):
    """The strict policy, but for the admin, whose theme evaluates expressions, and for the API's documentation."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        match = request.resolver_match
        if match is not None and match.app_name == "admin":
            response._csp_config = settings.ADMIN_CONTENT_SECURITY_POLICY["DIRECTIVES"]  # type: ignore[attr-defined]  # as the library's decorator does
        elif match is not None and match.url_name == "docs":
            response._csp_config = settings.DOCS_CONTENT_SECURITY_POLICY["DIRECTIVES"]  # type: ignore[attr-defined]  # as above
        return super().process_response(request, response)
