"""On whose behalf the assistant acts, and what that lets it do.

Tools do not trust the words that made them be called: whatever a customer writes, the actor of their run is the
customer of that conversation, and what is not theirs is out of reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import User

from crm.models import Business, Lead, Membership, Role
from whatsapp.models import Conversation


class Permission(StrEnum):
    """What a tool may need. "Own" is the customer of the conversation."""

    KNOWLEDGE = "knowledge"  # what the business tells everybody
    CALENDAR = "calendar"  # free times, without names
    OWN_READ = "own.read"
    OWN_WRITE = "own.write"
    OTHERS_READ = "others.read"
    OTHERS_WRITE = "others.write"
    SEND = "send"
    MONEY = "money"
    HAND_OVER = "hand_over"


FOR_CUSTOMERS = frozenset(
    (
        Permission.KNOWLEDGE,
        Permission.CALENDAR,
        Permission.OWN_READ,
        Permission.OWN_WRITE,
        Permission.SEND,
        Permission.MONEY,
        Permission.HAND_OVER,
    )
)
FOR_STAFF = frozenset(Permission)


@dataclass(frozen=True)
class Actor:
    """One business, one conversation, and the rights of whoever began the run. `by` is empty for the customer."""

    business: Business
    conversation: Conversation
    permissions: frozenset[Permission] = FOR_CUSTOMERS
    by: User | None = None

    @property
    def lead(self) -> Lead:
        """The person of the conversation."""
        return self.conversation.lead

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


def customer_of(conversation: Conversation) -> Actor:
    return Actor(conversation.business, conversation)


def member(conversation: Conversation, by: User) -> Actor:
    """Somebody of the staff lets the assistant work; who works elsewhere has the rights of a customer, who has few."""
    works_here = Membership.objects.filter(user=by, business=conversation.business).exists() or by.is_superuser
    return Actor(conversation.business, conversation, FOR_STAFF if works_here else FOR_CUSTOMERS, by)


def decides_money(business: Business, user: User) -> bool:
    """Owners decide what costs money; platform admins act as owners."""
    if user.is_superuser and user.is_active:
        return True
    return user.is_active and Membership.objects.filter(user=user, business=business, role=Role.OWNER).exists()


def works_in(business: Business, user: User) -> bool:
    if not user.is_active:
        return False
    return user.is_superuser or Membership.objects.filter(user=user, business=business).exists()
