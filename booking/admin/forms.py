"""Forms that ask for a time. Whether it may be booked is not theirs to say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextInputWidget

from booking.models import Resource, Service


class StartField(forms.SplitDateTimeField):
    """A date and an hour of the business's own clock."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("start"), widget=UnfoldAdminSplitDateTimeWidget(), **kwargs)


class AppointmentForm(forms.Form):
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
    service: forms.ModelChoiceField[Service] = forms.ModelChoiceField(
        label=_("service"),
        required=False,
        queryset=None,
        to_field_name="slug",
        empty_label=_("none in particular"),
        widget=UnfoldAdminSelectWidget(),
    )
    resource: forms.ModelChoiceField[Resource] = forms.ModelChoiceField(
        label=_("with"),
        required=False,
        queryset=None,
        to_field_name="slug",
        empty_label=_("whoever is free"),
        widget=UnfoldAdminSelectWidget(),
    )
    starts_at = StartField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = Service.objects.filter(is_active=True)  # type: ignore[attr-defined]  # within the business's scope
        self.fields["resource"].queryset = Resource.objects.filter(is_active=True)  # type: ignore[attr-defined]  # as above

    def wish(self) -> dict[str, Any]:
        """The arguments of `create_appointment` that this form answers for."""
        given = self.cleaned_data
        return {
            "start_iso": given["starts_at"],
            "customer_name": given["customer_name"],
            "customer_phone": given["customer_phone"],
            "service_id": given["service"].slug if given["service"] else None,
            "resource_id": given["resource"].slug if given["resource"] else None,
        }


class MoveForm(BaseDialogForm):  # type: ignore[misc]  # unfold ships no types
    starts_at = StartField()
