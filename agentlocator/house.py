"""The frame of every page outside the admin: where one can go, and what waits there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.finding import Wanted, count
from calls.models import CallSession
from crm.models import Business
from crm.roles import current_business, is_owner, is_platform_admin, role_of
from faq.questions import count_open
from whatsapp.console import waiting_approvals
from whatsapp.finding import waiting_for_staff

_Words = str | Promise
MOST_WAITING = 100  # as many or more are shown as 99+


@dataclass(frozen=True)
class Place:
    """Somewhere to go. `badge`: what is counted there; `key`: the letter after `g`; `phone`: in the bar of phones."""

    title: _Words
    icon: str
    view: str
    badge: str = ""
    key: str = ""
    phone: bool = False
    owners: bool = False


@dataclass(frozen=True)
class Item:
    title: str
    icon: str
    address: str
    is_current: bool
    badge: str
    key: str


@dataclass(frozen=True)
class Group:
    title: str
    items: list[Item]


DAILY = (
    Place(gettext_lazy("Home"), "home", "home", key="h", phone=True),
    Place(gettext_lazy("Calls"), "phone", "call_pages:list", badge="calls", key="c", phone=True),
    Place(gettext_lazy("Live calls"), "live", "call_pages:live", badge="live"),
    Place(gettext_lazy("Messages"), "chat", "inbox:index", badge="inbox", key="m", phone=True),
    Place(gettext_lazy("Calendar"), "cal", "calendar:index", key="y", phone=True),
    Place(gettext_lazy("Customers"), "users", "leads:list", key="l"),
    Place(gettext_lazy("Follow-ups"), "check", "follow_ups:list", key="t"),
    Place(gettext_lazy("Quotes and drafts"), "doc", "sales:list"),
)
ASSISTANT = (
    Place(gettext_lazy("Questions and answers"), "faq", "faq:index", badge="questions"),
    Place(gettext_lazy("Practice call"), "mic", "practice:index"),
    Place(gettext_lazy("Control of actions"), "term", "console:index", badge="console"),
    Place(gettext_lazy("Insights"), "chart", "insights:index"),
)
SETTINGS = (
    Place(gettext_lazy("Opening hours"), "clock", "week:index"),
    Place(gettext_lazy("Team"), "user", "team:index", owners=True),
    Place(gettext_lazy("WhatsApp"), "wa", "whatsapp_connect:index", owners=True),
    Place(gettext_lazy("System status"), "srv", "connections:index", owners=True),
    Place(gettext_lazy("History"), "doc", "history:index", owners=True),
    Place(gettext_lazy("All settings"), "gear", "admin:index", owners=True),
)


class House:
    """What the frame shows one user; every question is asked of the database at most once."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def business(self) -> Business | None:
        return current_business(self._request)

    @cached_property
    def businesses(self) -> list[Business]:
        """Those this user may enter, by name; of platform admins all of them."""
        user = self._request.user
        if not user.is_authenticated:
            return []
        rows = Business.objects.order_by("name")
        return list(rows if is_platform_admin(self._request) else rows.filter(memberships__user=user.pk))

    @cached_property
    def role(self) -> str:
        if is_platform_admin(self._request):
            return _("Platform administration")
        role = role_of(self._request)
        return str(role.label) if role else ""

    @cached_property
    def menu(self) -> list[Group]:
        if self.business is None:
            return [Group("", self._items((DAILY[0],)))]
        return [
            Group("", self._items(DAILY)),
            Group(_("Assistant"), self._items(ASSISTANT)),
            Group(_("Settings"), self._items(SETTINGS)),
        ]

    @cached_property
    def tabs(self) -> list[Item]:
        return self._items(place for place in DAILY if place.phone) if self.business else []

    @cached_property
    def keyed(self) -> list[Item]:
        """The places with a key of their own, for the list of keys."""
        return self._items(place for place in DAILY if place.key) if self.business else []

    @cached_property
    def calls_waiting(self) -> int:
        """Calls that need a person: those of the list's segment of this name, counted up to `MOST_WAITING`."""
        if self.business is None:
            return 0
        return count(Wanted(segment="attention"), most=MOST_WAITING)

    @property
    def waiting_badge(self) -> str:
        """As `badge` of `static/js/app.js` writes it."""
        return _capped(self.calls_waiting)

    @cached_property
    def questions_open(self) -> int:
        """Questions of customers that nobody has answered yet; alike ones count once."""
        return count_open() if self.business is not None else 0

    @cached_property
    def messages_waiting(self) -> str:
        """Conversations that wait for the staff, as a badge writes it."""
        return _capped(waiting_for_staff(most=MOST_WAITING)) if self.business is not None else ""

    @cached_property
    def approvals_waiting(self) -> str:
        """What the assistant wants to do and somebody has to allow, as a badge writes it."""
        return _capped(waiting_approvals(most=MOST_WAITING)) if self.business is not None else ""

    @cached_property
    def calls_live(self) -> int:
        if self.business is None:
            return 0
        return CallSession.objects.filter(
            status__in=(CallSession.Status.RINGING, CallSession.Status.IN_PROGRESS), from_browser=False
        ).count()

    def _items(self, places: Iterable[Place]) -> list[Item]:
        shown = [place for place in places if not place.owners or is_owner(self._request)]
        here = self._request.resolver_match.view_name if self._request.resolver_match else ""
        return [
            Item(str(place.title), place.icon, reverse(place.view), _is_at(here, place.view), place.badge, place.key)
            for place in shown
        ]


def _capped(count: int) -> str:
    return f"{MOST_WAITING - 1}+" if count >= MOST_WAITING else str(count or "")


def _is_at(here: str, place: str) -> bool:
    """The page itself, or one that belongs to it (`leads:detail` to `leads:list`); live calls are their own place."""
    if here == place:
        return True
    namespace, _sep, name = here.rpartition(":")
    return bool(namespace) and name != "live" and place in (f"{namespace}:list", f"{namespace}:index")
