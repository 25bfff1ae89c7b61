"""The owner's answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from crm.admin.base import MEMBERS, HouseAdmin, SluggedForm
from faq.entries import phrasings_in
from faq.models import LONGEST_QUESTION, MOST_PHRASINGS, FaqEntry
from faq.tasks import queue_embedding


class FaqEntryForm(SluggedForm):
    """Wordings stand one a line."""

    phrasings = forms.CharField(
        label=gettext_lazy("Other wordings"),
        required=False,
        help_text=gettext_lazy(
            "One a line, as customers say it. Every further wording helps to recognise the question."
        ),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["phrasings"] = "\n".join(self.instance.phrasings)

    def clean_phrasings(self) -> list[str]:
        lines = phrasings_in(self.cleaned_data["phrasings"])
        if any(len(line) > LONGEST_QUESTION for line in lines):
            raise forms.ValidationError(_("Longer than %(count)d signs. Shorten it.") % {"count": LONGEST_QUESTION})
        if len(lines) > MOST_PHRASINGS:
            raise forms.ValidationError(_("At most %(count)d wordings.") % {"count": MOST_PHRASINGS})
        return lines


@admin.register(FaqEntry)
class FaqEntryAdmin(HouseAdmin):
    """Staff write answers, the owner also deletes them."""

    form = FaqEntryForm
    adders = changers = MEMBERS
    list_display = ("question", "is_active", "valid_until")
    list_filter = ("is_active",)
    search_fields = ("question", "answer")
    fields = (
        "question",
        "phrasings",
        "answer",
        "media",
        ("valid_from", "valid_until"),
        ("in_calls", "in_messages"),
        ("slug", "is_active"),
    )

    def save_model(self, request: HttpRequest, obj: FaqEntry, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        queue_embedding(obj.business_id)

    def delete_model(self, request: HttpRequest, obj: FaqEntry) -> None:
        super().delete_model(request, obj)
        queue_embedding(obj.business_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[FaqEntry]) -> None:
        businesses = set(queryset.values_list("business_id", flat=True))
        super().delete_queryset(request, queryset)
        for business_id in businesses:
            queue_embedding(business_id)
