"""What every page needs beyond its view: the reader's language, the business's clock, the right content policy."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.utils import timezone, translation

from agentlocator.accounts.languages import language_of
from agentlocator.house import House
from crm.replies import tell
from crm.roles import current_business, is_platform_admin


class LanguageMiddleware:
    """Every page, the admin's too, speaks the language its reader chose."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(language_of(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "")
        return response


class FragmentSignInMiddleware:
    """A fragment asked for after the session ended is a 401: the page reloads to sign in, and swaps nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        to_sign_in = response.headers.get("Location", "").startswith(str(settings.LOGIN_URL))
        if to_sign_in and request.headers.get("HX-Request") and request.user.is_anonymous:
            return HttpResponse(status=401)
        return response


class SettingsNeedBusinessMiddleware:
    """Who has left every business finds no settings either; the platform's admins see those of all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        match = request.resolver_match
        if match is None or match.app_name != "admin" or match.url_name == "index" or request.user.is_anonymous:
            return  # the index itself says that there is nothing to see
        if current_business(request) is None and not is_platform_admin(request):
            raise PermissionDenied


class BusinessClockMiddleware:
    """Times are shown and read in the zone of the request's business."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        business = current_business(request)
        with timezone.override(business.timezone if business else None):
            return self.get_response(request)


class PlainTextMiddleware:
    """Refuses NUL in what a page is asked with: no text holds one, and the database would fail over it.

    The API names the field instead, and webhooks have forms of their own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """After the request was found to be genuine, before any view reads it."""
        if request.path.startswith(("/api/", "/webhook/")):
            return None
        asked = [request.GET, *([request.POST] if request.user.is_authenticated else [])]
        if any("\x00" in value for query in asked for values in query.lists() for value in values[1]):
            return HttpResponseBadRequest()
        return None


class BadgesMiddleware:
    """What was done on a page may change how many calls need a person: the frame around it is told the new number."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_deed = request.method == "POST" and "HX-Request" in request.headers
        if is_deed and response.status_code < HTTPStatus.MULTIPLE_CHOICES and current_business(request):
            tell(response, "badges", {"calls": House(request).calls_waiting})
        return response


class ContentPolicyMiddleware(CSPMiddleware):
    """The strict policy, but for the admin, whose theme evaluates expressions, and for the API's documentation."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        match = request.resolver_match
        if match is not None and match.app_name == "admin":
            response._csp_config = settings.ADMIN_CONTENT_SECURITY_POLICY["DIRECTIVES"]  # type: ignore[attr-defined]  # as the library's decorator does
        elif match is not None and match.url_name == "docs":
            response._csp_config = settings.DOCS_CONTENT_SECURITY_POLICY["DIRECTIVES"]  # type: ignore[attr-defined]  # as above
        return super().process_response(request, response)
