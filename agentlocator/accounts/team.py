"""Who works in a business: roles, numbers, leaving. What changes here holds from the person's next request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.timezone import now

from crm.models import Business, FollowUp, Invitation, Lead, Membership, Role, SavedFilter
from crm.tenancy import for_business


class LastOwner(ValueError):
    """Somebody must own the business: this owner stays one."""


@dataclass(frozen=True)
class Left:
    """What a person's leaving would take along: work that is nobody's then, and their own lists."""

    follow_ups: int
    leads: int
    filters: int


@contextmanager
def held(membership: Membership) -> Iterator[None]:
    """Nobody else of the business's owners changes or removes anybody until the block ends; the row is as of now.

    Raises Membership.DoesNotExist if the person has left meanwhile.
    """
    with transaction.atomic():
        Business.objects.select_for_update(no_key=True).get(pk=membership.business_id)
        membership.refresh_from_db(fields=["role", "phone"])
        yield


def change_member(membership: Membership, *, role: Role, phone: str) -> None:
    """Raises LastOwner, with nothing changed, if nobody else owns the business."""
    with held(membership):
        _keep_an_owner(membership, leaves=role is not Role.OWNER)
        if membership.role == Role.OWNER and role is not Role.OWNER:
            _withdraw_invitations(membership)
        membership.role, membership.phone = role, phone
        membership.save(update_fields=["role", "phone"])


def remove_member(membership: Membership) -> None:
    """End the person's access. Their open work goes back to everybody; what they did stays as it was.

    Raises LastOwner, with nothing changed, if nobody else owns the business.
    """
    user = membership.user
    with held(membership), for_business(membership.business_id):
        _keep_an_owner(membership, leaves=True)
        FollowUp.objects.filter(assigned_to=user, done_at=None).update(assigned_to=None)
        Lead.objects.filter(assigned_to=user).update(assigned_to=None)
        SavedFilter.objects.filter(user=user).delete()
        _withdraw_invitations(membership)
        membership.delete()


def _withdraw_invitations(membership: Membership) -> None:
    """Whoever may no longer invite has invited nobody: the link may be their own way back."""
    with for_business(membership.business_id):
        sent = Invitation.objects.filter(invited_by=membership.user, accepted_at=None, withdrawn_at=None)
        sent.update(withdrawn_at=now())


def left_by(user: User) -> Left:
    """Of the current business."""
    return Left(
        follow_ups=FollowUp.objects.filter(assigned_to=user, done_at=None).count(),
        leads=Lead.objects.filter(assigned_to=user).count(),
        filters=SavedFilter.objects.filter(user=user).count(),
    )


def is_last_owner(membership: Membership) -> bool:
    others = Membership.objects.filter(business=membership.business_id, role=Role.OWNER).exclude(pk=membership.pk)
    return membership.role == Role.OWNER and not others.exists()


def _keep_an_owner(membership: Membership, *, leaves: bool) -> None:
    """Within `held`, so that two owners who remove each other at once take turns."""
    if leaves and is_last_owner(membership):
        raise LastOwner
