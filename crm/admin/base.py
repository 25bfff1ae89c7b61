"""What every admin page of the house shares: roles decide, the current business is all one sees.

Django's own permission rows are not used. A row of another business does not exist (404), as anywhere else.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from itertools import count
from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from crm.admin.stale import WarnsWhenStale
from crm.models import Role
from crm.roles import role_of
from crm.tenancy import current_business_id, for_business

OWNER: frozenset[Role] = frozenset({Role.OWNER})
MEMBERS: frozenset[Role] = frozenset({Role.OWNER, Role.STAFF})
NOBODY: frozenset[Role] = frozenset()


def in_business_of(business_id: int | None) -> AbstractContextManager[None]:
    """The scope of a row's business for a platform admin who works in none; otherwise the scope that holds."""
    return for_business(business_id) if business_id and current_business_id() is None else nullcontext()


class ByRole:
    """The four admin permissions, by role in the current business."""

    adders: frozenset[Role] = OWNER
    changers: frozenset[Role] = OWNER
    deleters: frozenset[Role] = OWNER

    def has_module_permission(self, request: HttpRequest) -> bool:
        return role_of(request) is not None

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return role_of(request) is not None

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return role_of(request) in self.adders

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return role_of(request) in self.changers

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return role_of(request) in self.deleters


class TenantForm(forms.ModelForm):  # type: ignore[type-arg]  # used for every tenant model
    """Knows its business before it validates, so that unique rules name a clash instead of failing at the database."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.business_id is None:
            self.instance.business_id = current_business_id()

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # private, and the only door
        return excluded - {"business"} if self.instance.business_id else excluded


class SluggedForm(TenantForm):
    """Ids of the business file are given by the house where the owner leaves them out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data.get("slug") or self.instance.slug)
        model = type(self.instance)
        taken = set(model._default_manager.exclude(pk=self.instance.pk).values_list("slug", flat=True))
        if slug in taken:
            raise forms.ValidationError(_("This id is in use."))
        if slug:
            return slug
        names = (f"{model._meta.model_name}-{number}" for number in count(len(taken) + 1))
        return next(name for name in names if name not in taken)


class HouseAdmin(WarnsWhenStale, ByRole, ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """A page of one tenant model.

    A platform admin who works in no business sees the rows of all, may edit each (inside its own business, so
    that choices are that business's too), and enters a business before adding.
    """

    form = TenantForm
    exclude = ("business",)
    list_per_page = 50
    warn_unsaved_form = True
    compressed_fields = True
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return current_business_id() is not None and super().has_add_permission(request, obj)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        columns = list(super().get_list_display(request))
        return columns if current_business_id() is not None else [*columns, "business"]

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        related = list(super().get_list_select_related(request) or [])
        return related if current_business_id() is not None else [*related, "business"]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = None
        if object_id is not None and current_business_id() is None and self.has_view_permission(request):
            row = self.get_object(request, unquote(object_id))
        with in_business_of(row.business_id if row else None):
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
            # Rendered while the scope lasts: choices are read only now.
            return response.render() if isinstance(response, TemplateResponse) else response

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404


class ReadOnlyAdmin(HouseAdmin):
    """Facts that only the product itself writes."""

    adders = changers = deleters = NOBODY
    actions = None


class HouseFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # used for every tenant model
    """Named after its model; Django would number the form sets of models whose reverse name is hidden."""

    @classmethod
    def get_default_prefix(cls) -> str:
        return str(cls.model._meta.model_name)  # type: ignore[union-attr]  # every form set in use has one


class HouseTabular(ByRole, TabularInline):  # type: ignore[misc]  # unfold ships no types
    form = TenantForm
    formset = HouseFormSet
    extra = 0
    hide_title = True
    tab = True


class HouseStacked(ByRole, StackedInline):  # type: ignore[misc]  # unfold ships no types
    form = TenantForm
    formset = HouseFormSet
    extra = 0
    hide_title = True
    tab = True


class ReadOnlyTabular(HouseTabular):
    adders = changers = deleters = NOBODY
    can_delete = False
