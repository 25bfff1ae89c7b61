"""Forms that ask for a time. Whether it may be booked is not theirs to say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from booking.admin.fields import StartField
from booking.models import Resource, Service


def service_field() -> forms.ModelChoiceField[Service]:
    return forms.ModelChoiceField(
        label=_("service"),
        required=False,
        queryset=None,
        to_field_name="slug",
        empty_label=_("none in particular"),
        widget=UnfoldAdminSelectWidget(),
    )


WHOEVER = _("whoever is free")


def resource_field(empty: Any = WHOEVER) -> forms.ModelChoiceField[Resource]:
    return forms.ModelChoiceField(
        label=_("with"),
        required=False,
        queryset=None,
        to_field_name="slug",
        empty_label=empty,
        widget=UnfoldAdminSelectWidget(),
    )


class WishForm(forms.Form):
    """When, and perhaps what and with whom; choices are the business's own, by the ids of its file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("service", Service), ("resource", Resource)):
            if name in self.fields:
                self.fields[name].queryset = model.objects.filter(is_active=True)  # type: ignore[attr-defined]  # a ModelChoiceField; scoped only now

    def chosen(self, name: str) -> str | None:
        """The id of the chosen service or resource."""
        row = self.cleaned_data[name]
        return row.slug if row else None


class BookingForm(WishForm):
    """A wish that an owner may carry through against a rule, once it was refused."""

    reason = forms.CharField(
        label=_("reason"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the appointment's history."),
    )
    offers_override = False

    def shown(self) -> list[forms.BoundField]:
        """What is always asked; the reason only stands beside the button it belongs to."""
        return [field for field in self if field.name != "reason"]


class AppointmentForm(BookingForm):
    """What staff knows when it books for someone; missing facts come back as the server's own refusals."""

    customer_name = forms.CharField(
        label=_("name"), required=False, max_length=120, widget=UnfoldAdminTextInputWidget()
    )
    customer_phone = forms.CharField(
        label=_("phone"),
        required=False,
        max_length=24,
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "inputmode": "tel"}),
    )
    service = service_field()
    resource = resource_field()
    starts_at = StartField()

    def wish(self) -> dict[str, Any]:
        """The arguments of `create_appointment` that this form answers for."""
        given = self.cleaned_data
        return {
            "start_iso": given["starts_at"],
            "customer_name": given["customer_name"],
            "customer_phone": given["customer_phone"],
            "service_id": self.chosen("service"),
            "resource_id": self.chosen("resource"),
        }


class MoveForm(BookingForm):
    starts_at = StartField()
    resource = resource_field(_("the same, if free"))


class WhyNotForm(WishForm):
    starts_at = StartField()
    service = service_field()
    resource = resource_field()
