"""Each outside system: what is known of it without asking it, and asking it.

`known` reads settings and our own rows, so that the page opens at once; `asked` goes out and may take some seconds.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import get_connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agentlocator.context import webhooks_are_unsigned
from agentlocator.model_check import CannotAsk, configured_models, judge, offered_models
from calls.lines import REMEDY as HOW_TO_SHOW
from calls.lines import numbers_of
from calls.models import CallSession, PhoneLine, Recording, TwilioAccount
from calls.number_setup import CannotConnect, check_numbers
from calls.provider import ProviderAddress
from crm.models import Business, OutboxEvent
from whatsapp.baileys.sessions import reconcile
from whatsapp.connect.services import check_twilio
from whatsapp.health import trouble_of
from whatsapp.models import Channel

LATE = timedelta(minutes=2)  # news is delivered every thirty seconds
LEAST_FREE_BYTES = 1024**3
RECENTLY = timedelta(days=7)
OK, WARN, BAD, UNKNOWN = "ok", "warn", "bad", "unknown"


@dataclass(frozen=True)
class State:
    """`tone`: ok warn bad unknown. `remedy`: what to do; empty where nothing is to be done.

    Both are put into the reader's language when they are read: whoever checked may speak another one. Details tell of
    the installation, which is its administration's, unless they are `own`: of the business itself.
    """

    tone: str
    words: str | Promise
    remedy: str | Promise = ""
    detail: str = ""  # technical, in English
    own: bool = False


@dataclass(frozen=True)
class System:
    key: str
    name: object  # translated lazily
    known: Callable[[Business, datetime], State]
    asked: Callable[[Business, datetime], State]
    last_good: Callable[[], datetime | None]
    page: str = ""  # where it is set up, if it has a page of its own
    is_known: bool = False  # without being asked: what the check found stands in our own rows


def _voice_known(business: Business, now: datetime) -> State:
    if settings.PRACTICE_MODE:
        return State(
            WARN,
            _("A local stand-in answers"),
            _("Real calls are answered once the voice provider's key is set: OPENAI_API_KEY in the server's settings."),
        )
    return State(UNKNOWN, _("A key is set"))


def _voice_asked(business: Business, now: datetime) -> State:
    if settings.PRACTICE_MODE:
        return _voice_known(business, now)
    try:
        offered = offered_models(ProviderAddress(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY))
    except CannotAsk as reason:
        remedy = _("Is the key valid, and is there credit left in the account? Then the check can be repeated.")
        return State(BAD, _("The voice provider does not answer"), remedy, str(reason))
    verdicts = judge(configured_models(), offered)
    today = now.date()
    gone = [verdict.configured for verdict in verdicts if verdict.is_gone(today)]
    if gone:
        detail = ", ".join(f"{each.setting}={each.model}" for each in gone)
        return State(
            BAD, _("A voice model is no longer offered"), _("Another model is to be set on the server."), detail
        )
    ending = [verdict for verdict in verdicts if verdict.is_ending(today)]
    if ending:
        detail = ", ".join(f"{each.configured.model}: {each.shutdown_on}" for each in ending)
        return State(WARN, _("A voice model will soon be shut down"), _("Another model is to be set in time."), detail)
    return State(OK, _("Connected"))


def _telephony_known(business: Business, now: datetime) -> State:
    if not PhoneLine.objects.exists():
        return State(BAD, _("No phone number"), _("A number is added on the business's page, under phone numbers."))
    if not (settings.TWILIO_AUTH_TOKEN or TwilioAccount.objects.exists()):
        remedy = _("The account SID and the auth token of the telephony provider are entered on the business's page.")
        return State(WARN, _("No account at a telephony provider: calls are simulated"), remedy)
    if doubted := numbers_of(business).unverified:
        return State(
            BAD, _("Not verified: calls to a number are not answered"), HOW_TO_SHOW, ", ".join(doubted), own=True
        )
    if webhooks_are_unsigned():
        return State(WARN, _("Calls are accepted without checking who sends them"), _("An auth token is to be set."))
    return State(UNKNOWN, _("An account is set"))


def _telephony_asked(business: Business, now: datetime) -> State:
    known = _telephony_known(business, now)
    if known.tone != UNKNOWN:
        return known
    try:
        found = check_numbers(business)
    except CannotConnect as reason:
        return refused(reason)
    if any(number.changes for number in found):
        settings_named = sorted({change.setting for number in found for change in number.changes})
        remedy = _("“Connect the numbers” points them at this server.")
        return State(BAD, _("A number does not lead here"), remedy, ", ".join(settings_named), own=True)
    return State(OK, _("Connected"))


def refused(reason: CannotConnect) -> State:
    """What the provider says is told to whose account it is."""
    own = TwilioAccount.objects.exists()
    remedy = (
        _("The reason stands in the technical details.")
        if own
        else _("The platform administration sees the reason, and puts it right.")
    )
    return State(BAD, _("The telephony provider refuses"), remedy, str(reason), own=own)


def _work_known(business: Business, now: datetime) -> State:
    late = OutboxEvent.objects.filter(handled_at=None, created_at__lt=now - LATE).exists()
    unsummed = CallSession.objects.filter(ended_at__lt=now - timedelta(minutes=10), wrapped_up_at=None).exists()
    if late or unsummed:
        remedy = _(
            "The worker process of the server may be down: it is to be started again. Nothing is lost meanwhile."
        )
        return State(BAD, _("Summaries and messages are late"), remedy)
    return State(OK, _("On time"))


def _storage_known(business: Business, now: datetime) -> State:
    failed = Recording.objects.filter(status=Recording.Status.FAILED, created_at__gte=now - RECENTLY).count()
    if failed:
        remedy = _("Recordings can be fetched again from the call's page, as long as the provider keeps them.")
        return State(WARN, _("Recordings were not fetched"), remedy, f"{failed}", own=True)
    return State(OK, _("Ready"))


def _storage_asked(business: Business, now: datetime) -> State:
    folder = Path(settings.MEDIA_ROOT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return State(
            BAD,
            _("Recordings cannot be stored"),
            _("The server's folder for files must be writable."),
            str(error.errno),
        )
    if free < LEAST_FREE_BYTES:
        return State(BAD, _("The disk is almost full"), _("Space is to be made on the server."), f"{free >> 20} MB")
    return _storage_known(business, now)


def _mail_known(business: Business, now: datetime) -> State:
    if not settings.EMAIL_READY:
        return State(
            BAD, _("No mail server"), _("EMAIL_URL is to be set on the server; until then invitations cannot be sent.")
        )
    if "console" in settings.EMAIL_BACKEND:
        remedy = _("Letters appear in the server's terminal only. EMAIL_URL names a mail server.")
        return State(WARN, _("Letters do not leave the server"), remedy)
    return State(UNKNOWN, _("A mail server is set"))


def _mail_asked(business: Business, now: datetime) -> State:
    known = _mail_known(business, now)
    if known.tone != UNKNOWN:
        return known
    mail = get_connection()
    try:
        mail.open()
        mail.close()
    except OSError as error:  # of the socket and of SMTP alike
        remedy = _("The address, the name and the password in EMAIL_URL are to be checked.")
        return State(BAD, _("The mail server does not answer"), remedy, type(error).__name__)
    return State(OK, _("Connected"))


def _whatsapp_known(business: Business, now: datetime) -> State:
    """The channel that the business writes through, by what it told last."""
    channel = Channel.objects.filter(is_current=True).exclude(provider=Channel.Provider.WEB).first()
    if channel is None:
        return State(UNKNOWN, _("Not connected"), _("A phone is linked, or a Twilio number entered, on its page."))
    trouble = trouble_of(channel, now)
    if trouble is not None:
        return State(trouble.tone, trouble.words, trouble.remedy, channel.reason)
    return State(OK, _("Connected"))


def _whatsapp_asked(business: Business, now: datetime) -> State:
    channel = Channel.objects.filter(is_current=True).exclude(provider=Channel.Provider.WEB).first()
    if channel is not None and channel.provider == Channel.Provider.TWILIO:
        check_twilio(channel, point_here=False, now=now)
    elif channel is not None:
        reconcile(business.pk, now=now)
    return _whatsapp_known(business, now)


def _last_call() -> datetime | None:
    return (
        CallSession.objects.filter(is_practice=False, status=CallSession.Status.COMPLETED)
        .order_by("-started_at")
        .values_list("started_at", flat=True)
        .first()
    )


def _last_message() -> datetime | None:
    rows = Channel.objects.exclude(last_inbound_at=None).order_by("-last_inbound_at")
    return rows.values_list("last_inbound_at", flat=True).first()


def _last_recording() -> datetime | None:
    rows = Recording.objects.filter(status=Recording.Status.STORED)
    return rows.order_by("-created_at").values_list("created_at", flat=True).first()


def _last_news() -> datetime | None:
    rows = OutboxEvent.objects.exclude(handled_at=None)
    return rows.order_by("-pk").values_list("handled_at", flat=True).first()


def _never() -> datetime | None:
    return None


SYSTEMS = (
    System("voice", _("Voice provider"), _voice_known, _voice_asked, _last_call),
    System("telephony", _("Telephony"), _telephony_known, _telephony_asked, _last_call),
    System(
        "whatsapp",
        _("WhatsApp"),
        _whatsapp_known,
        _whatsapp_asked,
        _last_message,
        page="whatsapp_connect:index",
        is_known=True,
    ),
    System("work", _("Background work"), _work_known, _work_known, _last_news, is_known=True),
    System("storage", _("Storage"), _storage_known, _storage_asked, _last_recording),
    System("mail", _("E-mail"), _mail_known, _mail_asked, _never),
)
BY_KEY = {system.key: system for system in SYSTEMS}
