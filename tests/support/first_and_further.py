"""What tests do with a call and its streams by the carrier's requests alone, without sockets."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync

from calls import services, tokens
from calls.models import CallSession
from calls.services import CallSetup
from crm.models import Business
from crm.tenancy import for_everyone
from tests.support.carrier_forms import INCOMING, SID, VOICE, call_form, document, post


def answered(business: Business, **form: str) -> CallSetup:
    """A call came in and its stream has begun."""
    document(post(INCOMING, call_form(**form)))
    setup = services.load_call(tokens.Claim(SID, business.pk))
    services.note_answered(setup)
    return setup


def row(call_sid: str = SID) -> CallSession:
    with for_everyone("a look at one call"):
        return CallSession.objects.select_related("lead").get(call_sid=call_sid)


def after(**headers: str) -> Any:
    """The media stream is over: the carrier asks what to do."""
    return post(f"{VOICE}/after", call_form(CallStatus="in-progress"), **headers)


def claim_in(answer: Any) -> tokens.Claim:
    """What the token of a <Connect> is good for."""
    parameter = document(answer).find("Connect/Stream/Parameter")
    assert parameter is not None
    token = parameter.get("value", "")
    claim = async_to_sync(tokens.redeem)(token, SID)
    assert claim is not None
    return claim
