"""Forms about the people of a business."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from agentlocator.accounts.forms import PASSWORD_HELP, HouseForm
from calls.ringing import why_not_ring
from crm.admin.fields import PhoneField
from crm.models import Membership, Role
from crm.words import one_line

ROLE_HELP = _("Owners see and decide everything. Staff do the daily work: no settings, no costs, no deleting.")


def _phone() -> PhoneField:
    return PhoneField(
        label=_("Phone"),
        required=False,
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        help_text=_("It rings when a call is taken over."),
    )


def _role() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.STAFF, help_text=ROLE_HELP)


class InviteForm(HouseForm, forms.Form):
    email = forms.EmailField(widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = _role()


class RemembersForm(HouseForm, forms.Form):
    """Knows whether what it was made of has changed meanwhile. A POST that remembers nothing is taken as fresh."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, initial: dict[str, Any], **kwargs: Any) -> None:
        now = " ".join(map(str, initial.values()))
        super().__init__(*args, initial=initial | {"seen": now}, **kwargs)
        self.is_stale = self.is_bound and self.data.get("seen", now) != now
        if self.is_stale:  # shown again it is as of now: who then saves has decided
            self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict, when bound
            self.data["seen"] = now  # type: ignore[index]  # its copy can be written


class RingsForm(RemembersForm):
    """Has a number that rings when a call is taken over."""

    def clean_phone(self) -> str:
        number: str = self.cleaned_data["phone"]
        if number and (problem := why_not_ring(number)):
            raise ValidationError(problem)
        return number


class MemberForm(RingsForm):
    """Role and number of a member."""

    role = _role()
    phone = _phone()

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, initial={"role": membership.role, "phone": membership.phone}, **kwargs)


class OwnDetailsForm(RingsForm):
    """One's name, and one's number in this business; who works in none has no number."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = _phone()

    def __init__(self, *args: Any, user: Any, membership: Membership | None, **kwargs: Any) -> None:
        self._user, self._membership = user, membership
        initial = {"name": user.get_full_name(), "phone": membership.phone if membership else ""}
        super().__init__(*args, initial=initial, **kwargs)
        if membership is None:
            del self.fields["phone"]

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    def save(self) -> None:
        self._user.first_name, self._user.last_name = self.cleaned_data["name"], ""
        self._user.save(update_fields=["first_name", "last_name"])
        if self._membership is not None:
            self._membership.phone = self.cleaned_data["phone"]
            self._membership.save(update_fields=["phone"])


class JoinForm(HouseForm, forms.Form):
    """Who accepts an invitation without having an account."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password1 = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), help_text=PASSWORD_HELP
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        self._email = email
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if password := values.get("password1"):
            try:
                validate_password(password, User(email=self._email, first_name=values.get("name", "")))
            except ValidationError as error:
                self.add_error("password1", error)
        return values
