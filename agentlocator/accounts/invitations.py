"""Inviting people into a business by e-mail: the link's secret, and what may become of it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language

from agentlocator.accounts.languages import chosen_by
from agentlocator.accounts.mails import deliver, on_our_address
from crm.models import Business, Invitation, Membership, Role
from crm.names import name_of
from crm.tenancy import for_business, for_everyone

VALID_FOR = timedelta(days=7)
PER_DAY = 20  # of one business: who may sign up freely must not make us a sender of unwanted mail


class InvitationRefused(ValueError):
    """The invitation was not made."""


class AlreadyInTeam(InvitationRefused):
    """The address belongs to a member."""


class TooManyInvitations(InvitationRefused):
    """The business has sent as many today as it may."""


class State(Enum):
    OPEN = "open"
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Sent:
    invitation: Invitation
    delivered: bool


def state_of(invitation: Invitation, *, now: datetime) -> State:
    if invitation.accepted_at:
        return State.USED
    if invitation.withdrawn_at:
        return State.WITHDRAWN
    return State.OPEN if now < invitation.expires_at else State.EXPIRED


def invite(*, business: Business, email: str, role: Role, by: User, now: datetime) -> Sent:
    """Send a link that is good once and for a week. An earlier one to the same address is good no more."""
    email = email.lower()
    secret = secrets.token_urlsafe(32)
    with transaction.atomic(), for_business(business):
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)  # two owners who invite at once take turns
        if _accounts_of(email).filter(memberships__business=business).exists():
            raise AlreadyInTeam
        if Invitation.objects.filter(created_at__gt=now - timedelta(days=1)).count() >= PER_DAY:
            raise TooManyInvitations
        Invitation.objects.filter(email=email, accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
        invitation = Invitation.objects.create(
            business=business,
            email=email,
            role=role,
            secret_hash=_hash(secret),
            invited_by=by,
            created_at=now,
            expires_at=now + VALID_FOR,
        )
    return Sent(invitation, _send(invitation, business, by, secret))


def withdraw(invitation: Invitation, *, now: datetime) -> bool:
    """Make the link useless; False if it was used or withdrawn before."""
    still_open = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None)
    return still_open.update(withdrawn_at=now) == 1


def find(secret: str) -> Invitation | None:
    """The invitation behind a link, whatever became of it, with its business."""
    with for_everyone("the link's secret alone says which business it opens"):
        rows = Invitation.objects.select_related("business", "invited_by")
        return rows.filter(secret_hash=_hash(secret)).first()


def accept(invitation: Invitation, *, user: User, now: datetime) -> State:
    """Let the user in, if the link is still good. OPEN says that they joined; otherwise nothing was changed."""
    with transaction.atomic(), for_business(invitation.business_id):
        row = Invitation.objects.select_for_update().get(pk=invitation.pk)
        state = state_of(row, now=now)
        if state is State.OPEN:
            Membership.objects.get_or_create(user=user, business_id=row.business_id, defaults={"role": row.role})
            row.accepted_at, row.accepted_by = now, user
            row.save(update_fields=["accepted_at", "accepted_by"])
        return state


def account_of(invitation: Invitation) -> User | None:
    """Who already has an account with the invited address."""
    return _accounts_of(invitation.email).first()


def is_for(invitation: Invitation, user: User) -> bool:
    return _accounts_of(invitation.email).filter(pk=user.pk).exists()


def _accounts_of(email: str) -> QuerySet[User]:
    same = Q(email__iexact=email) | Q(emailaddress__email__iexact=email, emailaddress__verified=True)
    return User.objects.filter(same, is_active=True).distinct().order_by("pk")


def _send(invitation: Invitation, business: Business, by: User, secret: str) -> bool:
    reader = account_of(invitation)
    context = {
        "invitation": invitation,
        "business": business,
        "inviter": name_of(by),
        "link": on_our_address(reverse("join", args=[secret])),
    }
    language = chosen_by(reader) or get_language() or ""
    return deliver("account/email/invitation", to=invitation.email, language=language, context=context)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
