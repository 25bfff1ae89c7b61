"""The team page: who works here, as what, and who has been invited. Owners only."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agentlocator.accounts.invitations import AlreadyInTeam, TooManyInvitations, withdraw
from agentlocator.accounts.invitations import invite as send_invitation
from agentlocator.accounts.team import LastOwner, change_member, held, is_last_owner, left_by, remove_member
from agentlocator.accounts.team_forms import InviteForm, MemberForm
from crm.models import Invitation, Membership, Role
from crm.replies import toast
from crm.roles import business_here, owner_required, user_here


@require_safe
@owner_required
def index(request: HttpRequest) -> HttpResponse:
    """Who may see and do what here?"""
    return _page(request, InviteForm())


@require_POST
@owner_required
def invite(request: HttpRequest) -> HttpResponse:
    """Send a link by e-mail; sent again, the earlier one is good no more."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
    try:
        sent = send_invitation(
            business=business_here(request), email=email, role=role, by=user_here(request), now=timezone.now()
        )
    except AlreadyInTeam:
        form.add_error("email", _("This address already belongs to somebody of the team."))
        return _page(request, form, status=422)
    except TooManyInvitations:
        form.add_error(None, _("Enough invitations were sent today. Tomorrow more can follow."))
        return _page(request, form, status=422)
    text = _("The invitation was sent.")
    if not sent.delivered:
        text = _("The invitation is kept, but its e-mail was not sent.")
    return toast(request, _to_team(), text, failed=not sent.delivered)


@require_POST
@owner_required
def withdraw_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """The link opens nothing from now on."""
    invitation = get_object_or_404(Invitation, pk=pk)
    if withdraw(invitation, now=timezone.now()):
        return toast(request, _to_team(), _("The invitation was withdrawn."))
    return toast(request, _to_team(), _("The invitation had been used or withdrawn before."), failed=True)


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: role and number."""
    membership = get_object_or_404(_members(request), pk=pk)
    if request.method != "POST":
        form, status = MemberForm(membership=membership), 200
    else:
        try:
            with held(membership):  # of two windows at once the second finds what the first has saved
                form = MemberForm(request.POST, membership=membership)
                if not form.is_stale and _is_changed(form, membership):
                    return toast(request, _to_team(), _("Saved."))
        except Membership.DoesNotExist as error:  # another owner was quicker
            raise Http404 from error
        status = 409 if form.is_stale else 422
    return render(request, "agentlocator/team_member.html", {"member": membership, "form": form}, status=status)


def _is_changed(form: MemberForm, membership: Membership) -> bool:
    """Whether the member is as the form says now; otherwise the form says why not."""
    if not form.is_valid():
        return False
    try:
        change_member(membership, role=Role(form.cleaned_data["role"]), phone=form.cleaned_data["phone"])
    except LastOwner:
        form.add_error("role", _("Somebody must own the business. First make another member an owner."))
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first, and names what will be lost; then the access ends at once."""
    membership = get_object_or_404(_members(request), pk=pk)
    if request.method == "POST":
        try:
            remove_member(membership)
        except LastOwner:
            return HttpResponseRedirect(request.path)  # the page says why it cannot be done
        except Membership.DoesNotExist as error:  # another owner was quicker
            raise Http404 from error
        went = request.user.pk == membership.user_id
        return toast(request, HttpResponseRedirect(reverse("home")) if went else _to_team(), _("The access has ended."))
    context = {"member": membership, "left": left_by(membership.user), "is_last_owner": is_last_owner(membership)}
    part = "#question" if request.htmx else ""  # type: ignore[attr-defined]  # django-htmx's middleware sets it
    return render(request, f"agentlocator/team_remove.html{part}", context)


def _page(request: HttpRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    context = {
        "members": _members(request),
        "invitations": Invitation.objects.filter(accepted_at=None, withdrawn_at=None).select_related("invited_by"),
        "now": now,
        "form": form,
        "mail_is_ready": settings.EMAIL_READY,
    }
    return render(request, "agentlocator/team.html", context, status=status)


def _members(request: HttpRequest) -> QuerySet[Membership]:
    """Of this business, owners first. Memberships are not guarded by tenancy, so the filter stands here alone."""
    has_factor = Exists(Authenticator.objects.filter(user=OuterRef("user"), type=Authenticator.Type.TOTP))
    rows = Membership.objects.filter(business=business_here(request)).select_related("user")
    return rows.annotate(has_second_factor=has_factor).order_by("role", "user__first_name", "pk")


def _to_team() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("team:index"))
