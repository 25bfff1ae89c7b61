"""Messages leave: each row of the outbox is claimed by one worker, handed to its provider, and kept until that is sure.

A worker may die at any point. What it had claimed comes due again, and is asked about before it is sent again: the
bridge knows our key, of Twilio the list of sent messages is read. The messages of a conversation leave in their order.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.tenancy import for_business, for_everyone
from whatsapp import early, live
from whatsapp.baileys import sending as bridge
from whatsapp.models import Channel, Conversation, Message
from whatsapp.outcomes import Later, Never, Outcome, Taken
from whatsapp.routes import Route, route_of
from whatsapp.statuses import earlier
from whatsapp.twilio import sending as twilio

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)  # longer than a provider is waited for; whoever holds it is left alone
SLOWEST = 60.0  # seconds between two attempts: 1, 2, 4 … 60
DOUBT = timedelta(seconds=15)  # until what was taken stands in the provider's own list
DOUBT_FOR = timedelta(minutes=5)  # after its time a message that may have been taken is asked about so long
LOOK_EVERY, LOOK_FOR = timedelta(minutes=1), timedelta(minutes=30)
_Status = Message.Status
_OPTED_OUT = "opted_out"


def deliver(business_id: int, message_id: int, *, now: datetime) -> None:
    """Bring one message on. Whoever claims the row does it; what fails says itself when to try again."""
    with for_business(business_id):
        message = _claimed(message_id, now)
        if message is None:
            return
        _note(message, _attempt(message, now), now)
        _queue_following(message, now)


def claim_due(now: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """(business id, message id) of what is due. Rows that another sweep looks at are skipped."""
    with for_everyone("a sweep over all businesses"):
        due = Message.objects.select_for_update(skip_locked=True).filter(due_at__lte=now, direction=_OUT)
        return list(due.order_by("due_at").values_list("business_id", "pk")[:limit])


_OUT = Message.Direction.OUT


def _claimed(message_id: int, now: datetime) -> Message | None:
    """The row as it was, claimed: nobody else touches it for a while. Its status still tells whether it is in doubt."""
    rows = Message.objects.filter(pk=message_id, direction=_OUT, due_at__lte=now)
    message = rows.select_related("conversation__channel", "conversation__lead").first()
    if message is None:
        return None
    before = Message.objects.filter(conversation=OuterRef("conversation"), direction=_OUT, pk__lt=OuterRef("pk"))
    unsent = before.filter(status__in=(_Status.QUEUED, _Status.SENDING), provider_id="", due_at__isnull=False)
    in_the_way = unsent.filter(Q(due_at__lte=now) | Q(attempts__gt=0))
    mine = rows.filter(~Exists(in_the_way), attempts=message.attempts, due_at=message.due_at)
    is_mine = mine.update(
        attempts=message.attempts + 1,
        due_at=now + LEASE,
        status=_Status.SENDING if message.status == _Status.QUEUED else message.status,
    )
    message.attempts += 1
    return message if is_mine else None


def _attempt(message: Message, now: datetime) -> Outcome:
    is_late = message.expires_at is not None and message.expires_at <= now
    in_doubt = message.status == _Status.SENDING
    if message.provider_id:
        return _looked_after(message)
    if is_late and not in_doubt:
        return Never(message.error or "expired")
    if message.author == Message.Author.FLOW and message.conversation.opted_out_at is not None and not in_doubt:
        return Never(_OPTED_OUT)
    route = route_of(message, fixed=in_doubt)
    if isinstance(route, Never):
        return route
    _fix(message, route)
    match route.channel.provider:
        case Channel.Provider.WEB:
            return Taken("", "sent")  # the page asks for it itself
        case Channel.Provider.BAILEYS:
            return bridge.send(route.channel, message, to=route.to, now=now)
    if in_doubt:
        found = twilio.look(route.channel, message, to=route.to)
        if isinstance(found, Taken) or found == Later(twilio.UNREACHABLE, unsure=True):
            return found
        if is_late:
            return Never(message.error or "expired")
    _split(message, now)
    return twilio.send(route.channel, message, to=route.to, now=now)


def _looked_after(message: Message) -> Outcome:
    """The provider has it and has not told yet how far it got."""
    if message.provider == Channel.Provider.BAILEYS:
        channel = Channel.objects.filter(provider=Channel.Provider.BAILEYS).first()
        return bridge.look(channel, message) if channel else Never("unconfirmed")
    return twilio.fetch_status(message)


def _fix(message: Message, route: Route) -> None:
    """Every further attempt is made at the same door and to the same address: only there it is known."""
    to = {"to": route.to}
    if message.provider != route.channel.provider or message.data.get("to") != route.to:
        message.provider, message.data = route.channel.provider, message.data | to
        Message.objects.filter(pk=message.pk).update(provider=message.provider, data=message.data)


@transaction.atomic
def _split(message: Message, now: datetime) -> None:
    """What is too long for one message of Twilio's follows in further ones, in the same order."""
    first, *rest = twilio.parts(message.text)
    if not rest:
        return
    copied = ("business_id", "conversation_id", "direction", "author", "by_id", "provider", "created_at", "written_at")
    values = {name: getattr(message, name) for name in (*copied, "expires_at")}
    rows = [Message(**values, text=part, status=_Status.QUEUED, due_at=now) for part in rest]
    Message.objects.filter(pk=message.pk).update(text=first)
    message.text = first
    Message.objects.bulk_create(rows)


# --- what came of it ----------------------------------------------------------------------------------
def _note(message: Message, outcome: Outcome, now: datetime) -> None:
    match outcome:
        case Taken():
            _taken(message, outcome, now)
        case Later():
            _later(message, outcome, now)
        case Never(error=error):
            _failed(message, error, now)
    live.announce(message.business_id, conversation=message.conversation_id)


def _taken(message: Message, taken: Taken, now: datetime) -> None:
    is_new = bool(taken.provider_id) and message.provider_id != taken.provider_id
    if is_new:
        adopt(key=message.key, provider=message.provider, provider_id=taken.provider_id)
    row = Message.objects.filter(pk=message.pk)
    if taken.look_again:
        _look_again(message, now)
    if taken.status != _Status.SENDING:
        _move(row, taken.status, taken.error, now)
    told = early.take(message.business_id, message.provider, taken.provider_id) if is_new else {}
    if "status" in told:
        _move(row, str(told["status"]), str(told.get("error", "")), now)


def _later(message: Message, later: Later, now: datetime) -> None:
    """Tried again as long as it helps anybody; what may have been taken is asked about a little longer."""
    seconds = later.seconds or min(SLOWEST, 2.0 ** min(message.attempts - 1, 10))
    if message.provider_id:
        _look_again(message, now)
        return
    if later.unsure and message.provider == Channel.Provider.TWILIO:
        seconds = max(seconds, DOUBT.total_seconds())
    due_at, useless_at = now + timedelta(seconds=seconds), message.expires_at or now + LEASE
    if due_at >= (useless_at + DOUBT_FOR if later.unsure else useless_at):
        _failed(message, later.error, now)
        return
    status = _Status.SENDING if later.unsure else _Status.QUEUED
    rows = Message.objects.filter(pk=message.pk, provider_id="", status=_Status.SENDING, attempts=message.attempts)
    if rows.update(due_at=due_at, error=later.error, status=status):
        _queue(message.business_id, message.pk, seconds)


def _look_again(message: Message, now: datetime) -> None:
    late = now - (message.expires_at or message.created_at) >= LOOK_FOR
    rows = Message.objects.filter(pk=message.pk, status=_Status.SENDING)
    rows.update(due_at=None if late else now + LOOK_EVERY, error="unconfirmed" if late else "")


def _failed(message: Message, error: str, now: datetime) -> None:
    if error == "unconfirmed":  # it may well have arrived: nobody shall send it again for that
        Message.objects.filter(pk=message.pk, status=_Status.SENDING).update(due_at=None, error=error)
        return
    _move(Message.objects.filter(pk=message.pk), _Status.FAILED, error, now)
    logger.info("A message could not be sent", extra={"message_id": message.pk, "why": error})


def note_status(
    *, business_id: int, provider: str, provider_id: str, status: str, error: str = "", now: datetime
) -> bool:
    """A provider tells how far a message got; True if that is news. What is told before we know its id is kept."""
    rows = Message.objects.filter(provider=provider, provider_id=provider_id, direction=_OUT)
    if not rows.exists():
        early.note(business_id, provider, provider_id, status=status, error=error)
        if not rows.exists():
            return False
        early.take(business_id, provider, provider_id)
    return _move(rows, status, error, now)


def adopt(*, key: uuid.UUID, provider: str, provider_id: str) -> bool:
    """The provider's id of a message of ours that had none yet."""
    try:
        with transaction.atomic():
            row = Message.objects.filter(key=key, provider_id="", provider=provider, direction=_OUT)
            return bool(row.update(provider_id=provider_id))
    except IntegrityError:  # the id is another row's already
        logger.warning("A provider's id was told for two messages", extra={"provider": provider})
        return False


@transaction.atomic
def _move(rows: QuerySet[Message], status: str, error: str, now: datetime) -> bool:
    """Up only, by the order of statuses. A customer who is told to have opted out has."""
    changed = list(rows.filter(status__in=earlier(status)).values_list("pk", "conversation_id", "business_id"))
    for pk, conversation_id, business_id in changed:
        Message.objects.filter(pk=pk, status__in=earlier(status)).update(status=status, error=error, due_at=None)
        if error == _OPTED_OUT:
            Conversation.objects.filter(pk=conversation_id, opted_out_at=None).update(opted_out_at=now)
        live.announce(business_id, conversation=conversation_id)
    return bool(changed)


def _queue_following(message: Message, now: datetime) -> None:
    """The conversation's next one, which waited for this."""
    following = Message.objects.filter(
        conversation=message.conversation_id,
        direction=_OUT,
        status=_Status.QUEUED,
        due_at__lte=now,
        pk__gt=message.pk,
    )
    pk = following.order_by("pk").values_list("pk", flat=True).first()
    if pk is not None:
        _queue(message.business_id, pk, 0)


def _queue(business_id: int, message_id: int, seconds: float) -> None:
    """Sooner than the sweep would find it. A broker that is down costs nothing."""
    from whatsapp.tasks import deliver as task  # noqa: PLC0415 -- tasks do what stands here

    order = partial(task.apply_async, (business_id, message_id), countdown=seconds)
    transaction.on_commit(order, robust=True)
