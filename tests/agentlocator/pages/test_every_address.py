"""Whoever has no business with an address is refused there, and learns nothing: strangers, neighbours, staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from crm.models import Business
from crm.tenancy import TenantModel, for_business
from tests.support.morning import Morning, morning_of

PAGES = (
    "call_pages",
    "inbox",
    "console",
    "leads",
    "follow_ups",
    "sales",
    "calendar",
    "practice",
    "insights",
    "history",
    "week",
    "connections",
    "whatsapp_connect",
    "team",
)
# Addresses of no namespace that are our pages all the same.
SINGLES = ("home", "enter_business", "home_waiting", "caller_seen_to", "go_live", "search", "me")
# What has doors of another kind, by how it begins: each is tried where its own tests are.
ELSEWHERE = (
    *("accounts/", "admin/", "api/", "webhook/", "media/messages/"),
    *("calendar/feed/", "join/", "a/", "healthz", "readyz", "metrics"),
    "me/language/",  # anybody's
    "faq/",
)
Named = Callable[[Morning], dict[str, Any]]


def nothing(world: Morning) -> dict[str, Any]:
    return {}


# name -> what its address names of one business; addresses without such a thing name nothing.
NAMED: dict[str, Named] = {
    "call_pages:detail": lambda world: {"call_sid": world.call.call_sid},
    "call_pages:live_ask": lambda world: {"call_sid": world.live_call.call_sid, "what": "end"},
    "call_pages:why": lambda world: {"call_sid": world.call.call_sid, "index": 2},
    "call_pages:recording": lambda world: {"call_sid": world.call.call_sid, "pk": world.recording.pk},
    "call_pages:take_back": lambda world: {"call_sid": world.call.call_sid, "pk": world.follow_up.pk},
    "call_pages:done": lambda world: {"call_sid": world.call.call_sid, "pk": world.follow_up.pk},
    "call_pages:reopen": lambda world: {"call_sid": world.call.call_sid, "pk": world.follow_up.pk},
    "caller_seen_to": lambda world: {"call_sid": world.call.call_sid},
    "practice:call": lambda world: {"call_sid": world.practice.call.call_sid},
    "calendar:note": lambda world: {"pk": world.appointment.pk, "move": "cancel"},
}
OF_CALLS = ("lines", "summary", "summarise", "technical", "follow_up", "looked_at", "block", "unblock")
NAMED |= {f"call_pages:{name}": NAMED["call_pages:detail"] for name in OF_CALLS}
OF_TALKS = ("conversation", "write", "take_over", "release", "close", "assign")
NAMED |= {f"inbox:{name}": lambda world: {"pk": world.written.conversation.pk} for name in OF_TALKS}
NAMED["inbox:again"] = lambda world: {"pk": world.written.conversation.pk, "message": world.written.failed.pk}
NAMED["inbox:media"] = lambda world: {"pk": world.written.media.pk}
NAMED |= {f"console:{name}": lambda world: {"pk": world.written.run.pk} for name in ("run", "replay")}
OF_APPROVALS = ("approval", "approve", "reject", "edit")
NAMED |= {f"console:{name}": lambda world: {"pk": world.written.approval.pk} for name in OF_APPROVALS}
OF_LEADS = ("detail", "move", "edit", "assign", "tag_add", "follow_up", "note_add", "merge")
NAMED |= {f"leads:{name}": lambda world: {"pk": world.lead.pk} for name in OF_LEADS}
OF_DOCUMENTS = ("detail", "pdf", "change", "approve", "reject", "void", "send")
NAMED |= {f"sales:{name}": lambda world: {"pk": world.document.pk} for name in OF_DOCUMENTS}
OF_APPOINTMENTS = ("detail", "cancel", "move", "undo", "words")
NAMED |= {f"calendar:{name}": lambda world: {"pk": world.appointment.pk} for name in OF_APPOINTMENTS}
NAMED |= {f"follow_ups:{name}": lambda world: {"pk": world.follow_up.pk} for name in ("change", "done", "undo")}

# Only owners: staff get 403 by every method that the address answers to.
OWNERS = {
    "go_live",
    "call_pages:export",
    "leads:export",
    "leads:import",
    "leads:import_preview",
    "calendar:close",
    "calendar:link",
    "console:replay",
    "insights:export",
    "sales:approve",
    "sales:void",
    "sales:send",
    "history:index",
    "history:undo",
    "week:preview",
    "connections:index",
    "connections:check",
    "connections:connect",
    "team:index",
    "team:invite",
    "team:withdraw",
    "team:member",
    "team:remove",
}
OF_CONNECTING = ("index", "state", "use", "begin", "restart", "stop", "code", "disconnect", "number", "check", "point")
OWNERS |= {f"whatsapp_connect:{name}" for name in OF_CONNECTING}
DUMMIES: dict[str, Any] = {
    "kind": "csv",
    "key": "voice",
    "transaction": 1,
    "token": "x",
    "pk": 999_999_999,
    "tag": 1,
    "message": 1,
    "note": 1,
    "call_sid": "CA0",
    "index": 0,
    "what": "end",
    "move": "cancel",
    "provider": "twilio",
}


def addresses() -> Iterator[tuple[str, list[str]]]:
    """Name and parameters of every address of our pages."""
    for _path, name, parameters in every_address():
        if name in SINGLES or name.partition(":")[0] in PAGES:
            yield name, parameters


def every_address(within: Any = None, path: str = "", space: str = "") -> Iterator[tuple[str, str, list[str]]]:
    """How it begins, its name and its parameters, of whatever the product answers at."""
    for pattern in (within or get_resolver()).url_patterns:
        here = path + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLPattern):
            yield here, f"{space}{pattern.name}", list(pattern.pattern.regex.groupindex)
        elif isinstance(pattern, URLResolver):
            yield from every_address(pattern, here, f"{space}{pattern.namespace}:" if pattern.namespace else space)


def address_of(name: str, parameters: list[str], world: Morning) -> str:
    named = NAMED.get(name, nothing)(world)
    return reverse(name, kwargs={key: named.get(key, DUMMIES[key]) for key in parameters})


def everything_of(business: Business) -> str:
    """All rows of one business, as text."""
    with for_business(business):
        tenant_models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
        return "\n".join(serializers.serialize("json", model.objects.order_by("pk")) for model in tenant_models)


def tried(client: Client, address: str) -> dict[str, int]:
    """Status by method."""
    return {
        "GET": client.get(address).status_code,
        "POST": client.post(address).status_code,
        "HTMX": client.post(address, headers={"HX-Request": "true"}).status_code,
    }


@pytest.fixture
def world(db: None) -> Morning:
    cache.clear()
    return morning_of()


def signed_in_as(user: Any) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


NOT_ALLOWED = 405


def test_strangers_are_sent_to_sign_in(world):
    client = Client()
    for name, parameters in addresses():
        found = tried(client, address_of(name, parameters, world))
        assert set(found.values()) <= {302, 401, 403, NOT_ALLOWED}, (name, found)


def test_neighbours_find_nothing_and_change_nothing(world):
    neighbour = morning_of("ruth", "המספרה של רות", "+97233335566")
    before = everything_of(world.business)
    client = signed_in_as(neighbour.dana)
    for name, parameters in addresses():
        if name in NAMED:
            found = tried(client, address_of(name, parameters, world))
            assert set(found.values()) <= {404, NOT_ALLOWED}, (name, found)
            assert 404 in found.values(), (name, found)
    assert everything_of(world.business) == before


def test_staff_are_refused_what_only_owners_may(world):
    before = everything_of(world.business)
    client = signed_in_as(world.noa)
    for name, parameters in addresses():
        found = tried(client, address_of(name, parameters, world))
        if name in OWNERS:
            assert set(found.values()) <= {403, NOT_ALLOWED}, (name, found)
            assert 403 in found.values(), (name, found)
        elif name not in NAMED:
            assert 403 not in found.values() or name in ("week:index", "calendar:new"), (name, found)
    assert before  # what staff may do they just did


def test_no_address_with_something_in_it_is_forgotten():
    """Whoever adds an address says here what it names, or that it is for owners only."""
    unsaid = {name for name, parameters in addresses() if parameters and name not in NAMED and name not in OWNERS}
    assert unsaid == {
        "call_pages:delete_filter",  # of one user
        "leads:filter_remove",
        "leads:undo",  # a signed token of one user
        "leads:merge_undo",
        "leads:tag_remove",
        "leads:note_edit",
        "leads:note_remove",
        "leads:note_put_back",
    }


def test_no_address_at_all_is_forgotten():
    """Whoever adds one says here whose it is: a page of ours, or something with doors of another kind."""
    ours = {name for name, _parameters in addresses()}
    unsaid = {
        path for path, name, _parameters in every_address() if name not in ours and not path.startswith(ELSEWHERE)
    }
    assert unsaid == set()
    assert {name.partition(":")[0] for name in ours} == {*PAGES, *SINGLES}


def test_a_neighbour_s_business_is_not_entered(world):
    neighbour = morning_of("ruth", "המספרה של רות", "+97233335566")
    client = signed_in_as(neighbour.dana)

    assert client.post("/business/", {"business": world.business.slug}).status_code == 404
    assert world.business.name not in client.get("/").content.decode()


@pytest.mark.parametrize("address", ["/practice/CA%00/", "/waiting/CA%00/seen-to/", "/calls/CA%00/", "/practice/א/"])
def test_what_is_no_call_s_id_is_no_address(world, address):
    client = signed_in_as(world.dana)

    assert set(tried(client, address).values()) == {404}
