"""Forms of signing in and up: allauth's, with the house's words and controls."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from agentlocator.accounts.languages import choose
from agentlocator.accounts.opening import open_business
from crm.models import Business
from crm.words import one_line

PASSWORD_HELP = _("At least 10 characters, and not one that everybody uses.")
# Labels and help in the house's words; what reads from left to right whatever the page does.
WORDS: dict[str, tuple[Any, Any]] = {
    "login": (_("User name or e-mail"), ""),
    "password": (_("Password"), ""),
    "remember": (_("Stay signed in on this device"), ""),
    "email": (_("E-mail"), ""),
    "oldpassword": (_("Present password"), ""),
    "password1": (_("Password"), PASSWORD_HELP),
    "password2": (_("The password once more"), ""),
    "code": (_("Code"), _("Six digits from the app, or a recovery code.")),
}
LEFT_TO_RIGHT = frozenset(("login", "password", "email", "oldpassword", "password1", "password2", "code", "phone"))


class HouseForm(forms.BaseForm):
    """Controls that look and read as everywhere in the house: label above, nothing inside an empty field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in WORDS:
                field.label, field.help_text = WORDS[name]
            attrs = field.widget.attrs
            attrs.pop("placeholder", None)
            if not isinstance(field.widget, forms.CheckboxInput):
                attrs["class"] = "field"
            if name in LEFT_TO_RIGHT:
                attrs["dir"] = "ltr"
            if name == "code":
                attrs["inputmode"] = "text"  # recovery codes may have letters
            if name == "login":
                attrs["autocomplete"] = "username"


class SignInForm(HouseForm, account.LoginForm):
    pass


class SignUpForm(HouseForm, account.SignupForm):
    """A person and their business, made together or not at all."""

    field_order = ("name", "business_name", "email", "password1")
    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    business_name = forms.CharField(
        label=_("Name of the business"),
        max_length=Business._meta.get_field("name").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    def save(self, request: HttpRequest) -> User:
        with transaction.atomic():
            self.cleaned_data["first_name"] = self.cleaned_data["name"]
            user: User = super().save(request)
            open_business(owner=user, name=self.cleaned_data["business_name"])
            choose(user, get_language() or "")
        return user

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    def clean_business_name(self) -> str:
        return one_line(self.cleaned_data["business_name"])


class ResetPasswordForm(HouseForm, account.ResetPasswordForm):
    pass


class NewPasswordForm(HouseForm, account.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")

    def save(self) -> None:
        super().save()
        get_adapter().unlock(self.user)


class ChangePasswordForm(HouseForm, account.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")


class SetPasswordForm(HouseForm, account.SetPasswordForm):
    pass


class EmailForm(HouseForm, account.AddEmailForm):
    pass


class ConfirmPasswordForm(HouseForm, account.ReauthenticateForm):
    pass


class SecondFactorForm(HouseForm, mfa.AuthenticateForm):
    pass


class ConfirmFactorForm(HouseForm, mfa.ReauthenticateForm):
    pass


class ActivateFactorForm(HouseForm, totp.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("Six digits that the app shows now.")
        self.fields["code"].widget.attrs["inputmode"] = "numeric"
