"""REST: which business a request is about, strictly read fields, and the list of leads (contract section 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, ClassVar, TypeVar, cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.models import Business, Lead, Medium, Membership, Role
from crm.phones import normalize_phone
from crm.tenancy import TenantModel, for_business, for_everyone

_SLUG = re.compile(r"[-A-Za-z0-9_]{1,50}")
_RowT = TypeVar("_RowT", bound=TenantModel)


class StrictText(serializers.CharField):
    """Text that was sent as text: a number or a boolean is refused instead of being turned into one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictSerializer(serializers.Serializer[Any]):
    """A form that refuses fields it does not know: a misspelt `service` must not book without one."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [str(name) for name in data if name not in self.fields]):
            raise ValidationError({name: [_("This field is not known here.")] for name in unknown})
        return super().to_internal_value(data)


class BusinessScoped(APIView):
    """A view that works inside one business, from before the handler until its answer is serialized.

    The request names the business by its slug: `?business=` or, in a body, `"business"`. One that does not
    exist and one that the user is no member of are the same 404. A request that names none is about the
    user's only business or, should there be several, about the rows of all of theirs.
    """

    business: Business | None = None
    _owned: frozenset[int] | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self._scope:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.business = _business_of(request)
        if self.business is not None:
            self._scope.enter_context(for_business(self.business))
        else:
            self._scope.enter_context(for_everyone("`scoped` keeps to the businesses of this user"))

    def required_business(self) -> Business:
        """The business of this request; where it cannot do without one, a 400 that names the field."""
        if self.business is None:
            raise ValidationError({"business": [_("This field is required.")]})
        return self.business

    def is_owned(self, row: TenantModel) -> bool:
        """Whether this user owns the row's business, or administers all of them; looked up once per request."""
        if self.request.user.is_superuser:
            return True
        if self._owned is None:
            mine = Membership.objects.filter(user=self.request.user.pk, role=Role.OWNER)
            self._owned = frozenset(mine.values_list("business_id", flat=True))
        return row.business_id in self._owned

    def scoped(self, model: type[_RowT]) -> QuerySet[_RowT]:
        """The rows this request may see."""
        if getattr(self, "swagger_fake_view", False):
            return model.objects.none()  # the schema is drawn without a request
        rows = model.objects.all()
        if self.business is None and not self.request.user.is_superuser:
            return rows.filter(business__memberships__user=self.request.user.pk)
        return rows


def _business_of(request: Request) -> Business | None:
    user = request.user
    allowed = Business.objects.all() if user.is_superuser else Business.objects.filter(memberships__user=user.pk)
    slug = _named_slug(request)
    if slug is None:
        mine = [] if user.is_superuser else list(allowed.order_by("pk")[:2])
        return mine[0] if len(mine) == 1 else None
    business = allowed.filter(slug=slug).first() if _SLUG.fullmatch(slug) else None
    if business is None:
        raise Http404
    return business


def _named_slug(request: Request) -> str | None:
    """The slug in the query or, for requests with a body, in the body."""
    named: object = request.query_params.get("business")
    if request.method not in SAFE_METHODS and isinstance(request.data, Mapping):
        named = request.data.get("business", named)
    if named is not None and not isinstance(named, str):
        raise ValidationError({"business": [_("Not a valid string.")]})
    return named


def read_query(form: type[serializers.Serializer[Any]], request: Request) -> Mapping[str, Any]:
    """The filters of a list. A bad one is a 400 that names it; parameters of others, such as `page`, pass."""
    checked = form(data=request.query_params.dict())
    checked.is_valid(raise_exception=True)
    return cast(Mapping[str, Any], checked.validated_data)


class PhoneFilter(serializers.CharField):
    """A number in any spelling, looked for as E.164."""

    def to_internal_value(self, data: Any) -> str:
        number = normalize_phone(super().to_internal_value(data))
        if number is None:
            raise ValidationError(_("This phone number is not valid."))
        return number


# --- the OpenAPI document -----------------------------------------------------------------------------
class DetailShape(serializers.Serializer[Any]):
    detail = serializers.CharField()


FIELD_ERRORS = {
    "type": "object",
    "description": "Each field that cannot be read, with sentences that say why.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}


def documented(shape: Any, description: str, example: Any) -> OpenApiResponse:
    """One answer of the document with its example."""
    return OpenApiResponse(shape, description, [OpenApiExample(description, example)])


NOT_FOUND = documented(DetailShape, "No such row, or no such business of this user's.", {"detail": "לא נמצא."})
_LEAD = {
    "id": 5,
    "name": "דנה לוי",
    "phone": "+972520000147",
    "status": "booked",
    "source": "phone",
    "created_at": "2026-11-21T08:00:00+02:00",
}


def page_of(row: Mapping[str, Any]) -> OpenApiExample:
    """A list's first and only page; the paginator wraps it."""
    return OpenApiExample("one row", row, response_only=True, status_codes=["200"])


class LeadQuery(serializers.Serializer[Any]):
    business = serializers.CharField(required=False)
    status = serializers.ChoiceField(Lead.Status.choices, required=False)
    source = serializers.ChoiceField(Medium.choices, required=False)  # type: ignore[assignment]  # a filter's name; the metaclass takes it out of the attributes
    phone = PhoneFilter(required=False)


class LeadSerializer(serializers.ModelSerializer[Lead]):
    class Meta:
        model = Lead
        fields: ClassVar = ["id", "name", "phone", "status", "source", "created_at"]


class LeadViewSet(BusinessScoped, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Lead]):
    """The people who contacted the business, newest first."""

    serializer_class = LeadSerializer
    lookup_value_regex = r"\d+"
    queryset = Lead.objects.none()

    def get_queryset(self) -> QuerySet[Lead]:
        rows = self.scoped(Lead).order_by("-created_at", "-pk")
        if self.action != "list":
            return rows
        wanted = read_query(LeadQuery, self.request)
        return rows.filter(**{name: wanted[name] for name in wanted if name != "business"})

    @extend_schema(parameters=[LeadQuery], examples=[page_of(_LEAD)])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: documented(LeadSerializer, "One customer.", _LEAD), 404: NOT_FOUND})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().retrieve(request, *args, **kwargs)
