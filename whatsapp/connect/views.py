"""`/connections/whatsapp/`: the linked phone and the Twilio number of a business, for its owners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from crm.replies import toast
from crm.roles import business_here, owner_required
from whatsapp.baileys import qr, sessions
from whatsapp.baileys.sessions import CannotDo
from whatsapp.connect import services
from whatsapp.connect.forms import DisconnectForm, NumberForm
from whatsapp.health import trouble_of
from whatsapp.models import Channel
from whatsapp.twilio import senders

_Provider, _State = Channel.Provider, Channel.State
PROVIDERS = (_Provider.BAILEYS, _Provider.TWILIO)
SOON, SELDOM = 3, 20  # seconds until the open page asks again


@require_safe
@owner_required
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """One provider at a time; the one in use comes first."""
    return render(request, "whatsapp/connect.html", _page(request))


@require_safe
@owner_required
@never_cache
def state(request: HttpRequest) -> HttpResponse:
    """How the linked phone is, with the code to be scanned: asked again and again by the open page."""
    facts = _phone(request)
    answer = render(request, "whatsapp/connect.html#phone", facts)
    if "was" in request.GET and facts["phone"] is not None and facts["phone"].state != request.GET["was"]:
        answer["HX-Refresh"] = "true"  # what can be done now stands around it
    return answer


@require_POST
@owner_required
def use(request: HttpRequest, provider: str) -> HttpResponse:
    """Write through the other provider from now on."""
    channel = services.channels().get(provider)
    if channel is None:
        raise Http404
    services.use(channel)
    return toast(request, _back(provider), _("From now on messages go out through: %(name)s") % {"name": channel})


@require_POST
@owner_required
def begin(request: HttpRequest) -> HttpResponse:
    """Link a phone."""
    business = business_here(request)
    return _tried(request, lambda: sessions.begin(business, now=timezone.now()))


@require_POST
@owner_required
def restart(request: HttpRequest) -> HttpResponse:
    return _ordered(request, "restart")


@require_POST
@owner_required
def stop(request: HttpRequest) -> HttpResponse:
    return _ordered(request, "stop")


@require_POST
@owner_required
def code(request: HttpRequest) -> HttpResponse:
    """Eight letters instead of a picture."""
    channel, form = _linked(), NumberForm(request.POST)
    if not form.is_valid():
        return render(request, "whatsapp/connect.html", _page(request, code_form=form), status=422)
    return _tried(request, lambda: services.ask_pairing_code(channel, form.cleaned_data["phone"]))


@require_POST
@owner_required
def disconnect(request: HttpRequest) -> HttpResponse:
    """Unlink the phone for good; the conversations stay."""
    channel, form = _linked(), DisconnectForm(request.POST, business=business_here(request))
    if not form.is_valid():
        return render(request, "whatsapp/connect.html", _page(request, disconnect_form=form), status=422)
    done = _("WhatsApp is disconnected. The history stays.")
    return _tried(request, lambda: sessions.order(channel, "logout", now=timezone.now()), done)


@require_POST
@owner_required
def number(request: HttpRequest) -> HttpResponse:
    """The business's number at Twilio; looked up there at once."""
    form = NumberForm(request.POST)
    if form.is_valid():
        try:
            channel = services.keep_number(business_here(request), form.cleaned_data["phone"])
        except services.NumberTaken:
            form.add_error("phone", _("This number already belongs to a business."))
        else:
            return _checked(request, channel, point_here=False)
    return render(request, "whatsapp/connect.html", _page(request, _Provider.TWILIO, number_form=form), status=422)


@require_POST
@owner_required
def check(request: HttpRequest) -> HttpResponse:
    return _checked(request, _of(_Provider.TWILIO), point_here=False)


@require_POST
@owner_required
def point(request: HttpRequest) -> HttpResponse:
    """Have Twilio send here what is written to the number."""
    return _checked(request, _of(_Provider.TWILIO), point_here=True)


def _page(request: HttpRequest, shown: str = "", **forms: Any) -> dict[str, Any]:
    channels = services.channels()
    current = next((row.provider for row in channels.values() if row.is_current), "")
    asked = shown or request.GET.get("provider", "")
    provider = asked if asked in PROVIDERS else current or _Provider.BAILEYS
    twilio = channels.get(_Provider.TWILIO)
    business = business_here(request)
    return {
        **_phone(request),
        "providers": [(name, Channel(provider=name), name == current, name in channels) for name in PROVIDERS],
        "provider": provider,
        "is_in_use": provider == current,
        "exists": provider in channels,
        "twilio": twilio,
        "twilio_trouble": trouble_of(twilio) if twilio else None,
        "is_elsewhere": twilio is not None and twilio.reason == "elsewhere",
        "addresses": [settings.PUBLIC_URL + senders.INCOMING, settings.PUBLIC_URL + senders.STATUS],
        "number_form": NumberForm(initial={"phone": twilio.number if twilio else ""}),
        "code_form": NumberForm(auto_id="code-%s"),
        "disconnect_form": DisconnectForm(business=business),
        **forms,
    }


def _phone(request: HttpRequest) -> dict[str, Any]:
    """Facts of the linked phone."""
    now = timezone.now()
    channel = services.channels().get(_Provider.BAILEYS)
    shown = sessions.code_of(channel, now) if channel else None
    waits = channel is not None and channel.state in (_State.STARTING, _State.SCAN_QR_CODE)
    return {
        "phone": channel,
        "trouble": trouble_of(channel, now) if channel else None,
        "picture": qr.drawn(shown) if shown else "",
        "seconds": shown.seconds_left(now) if shown else 0,
        "pairing_code": services.pairing_code(channel) if channel else "",
        "every": SOON if waits else SELDOM,
        "is_working": channel is not None and channel.state == _State.WORKING,
        "is_scanning": channel is not None and channel.state == _State.SCAN_QR_CODE,
        "is_on": channel is not None and channel.state != _State.STOPPED,
    }


def _of(provider: str) -> Channel:
    channel = services.channels().get(provider)
    if channel is None:
        raise Http404
    return channel


def _linked() -> Channel:
    return _of(_Provider.BAILEYS)


def _ordered(request: HttpRequest, word: str) -> HttpResponse:
    channel = _linked()
    return _tried(request, lambda: sessions.order(channel, word, now=timezone.now()))


def _tried(request: HttpRequest, work: Callable[[], object], done: str = "") -> HttpResponse:
    """Back to the page, which shows how things are; what the server's WhatsApp service refused is told."""
    answer = _back(_Provider.BAILEYS)
    try:
        work()
    except CannotDo as refusal:
        if refusal.code == "unreachable":
            return toast(request, answer, _("The WhatsApp service of this server does not answer."), failed=True)
        told = _("The WhatsApp service refused (%(code)s).") % {"code": refusal.code}
        return toast(request, answer, told, failed=True)
    return toast(request, answer, done) if done else answer


def _checked(request: HttpRequest, channel: Channel, *, point_here: bool) -> HttpResponse:
    is_well = services.check_twilio(channel, point_here=point_here, now=timezone.now())
    trouble = trouble_of(channel)
    told = _("Twilio is connected.") if is_well or trouble is None else trouble.words
    return toast(request, _back(_Provider.TWILIO), told, failed=not is_well)


def _back(provider: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('whatsapp_connect:index')}?provider={provider}")
