"""REST: slots and appointments (contract section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from booking import services
from booking.models import Appointment
from booking.results import Refused
from crm.api import BusinessScoped, StrictSerializer, StrictText, read_query
from crm.models import Medium

_STATUS_OF_CODE = {
    "slot_taken": status.HTTP_409_CONFLICT,
    "not_allowed": status.HTTP_409_CONFLICT,
}


class SlotsQuery(StrictSerializer):
    business = StrictText()
    date = serializers.DateField()
    service = StrictText(required=False)
    resource = StrictText(required=False)


class AppointmentQuery(serializers.Serializer[Any]):
    business = serializers.CharField(required=False)
    status = serializers.ChoiceField(Appointment.Status.choices, required=False)
    medium = serializers.ChoiceField(Medium.choices, required=False)
    call_sid = serializers.CharField(required=False)


class NewAppointment(StrictSerializer):
    """A missing name or phone is not a broken request: the booking core answers `need_name`, `need_phone`."""

    business = StrictText()
    start_iso = StrictText()
    customer_name = StrictText(required=False, allow_blank=True, allow_null=True, max_length=120)
    customer_phone = StrictText(required=False, allow_blank=True, allow_null=True)
    service = StrictText(required=False, allow_null=True)
    resource = StrictText(required=False, allow_null=True)


class NewStart(StrictSerializer):
    business = StrictText(required=False)
    start_iso = StrictText()


class NoFields(StrictSerializer):
    business = StrictText(required=False)


class AppointmentSerializer(serializers.ModelSerializer[Appointment]):
    start_iso = serializers.SerializerMethodField()
    end_iso = serializers.SerializerMethodField()
    service = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    resource = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)

    class Meta:
        model = Appointment
        fields: ClassVar = [
            "id",
            "start_iso",
            "end_iso",
            "status",
            "medium",
            "customer_name",
            "customer_phone",
            "service",
            "resource",
            "call_sid",
            "attendance_confirmed_at",
            "created_at",
        ]

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_start_iso(self, row: Appointment) -> str:
        return _local(row, row.starts_at)

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_end_iso(self, row: Appointment) -> str:
        return _local(row, row.ends_at)


class SlotsView(BusinessScoped):
    """The bookable times whose local start date is this date."""

    @extend_schema(parameters=[SlotsQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        asked = _valid(SlotsQuery, request.query_params.dict())
        found = services.find_slots(
            business=self.required_business(),
            date=asked["date"],
            service_id=asked.get("service"),
            resource_id=asked.get("resource"),
            now=timezone.now(),
        )
        return _answer(found)


class AppointmentViewSet(
    BusinessScoped, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Appointment]
):
    serializer_class = AppointmentSerializer
    lookup_value_regex = r"\d+"
    queryset = Appointment.objects.none()

    def get_queryset(self) -> QuerySet[Appointment]:
        return self.scoped(Appointment).select_related("service", "resource", "business").order_by("-starts_at", "-pk")

    @extend_schema(parameters=[AppointmentQuery])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:  # type: ignore[override]  # this view has one kind of rows
        if self.action != "list":
            return queryset
        wanted = {
            name: value for name, value in read_query(AppointmentQuery, self.request).items() if name != "business"
        }
        return queryset.filter(**wanted)

    @extend_schema(
        request=NewAppointment,
        responses=OpenApiTypes.OBJECT,
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
    )
    def create(self, request: Request) -> Response:
        asked = _valid(NewAppointment, request.data)
        answer = services.create_appointment(
            business=self.required_business(),
            start_iso=asked["start_iso"],
            customer_name=asked.get("customer_name"),
            customer_phone=asked.get("customer_phone"),
            service_id=asked.get("service"),
            resource_id=asked.get("resource"),
            medium=Medium.API,
            now=timezone.now(),
            idempotency_key=request.headers.get("Idempotency-Key", ""),
        )
        return _answer(answer, success=status.HTTP_201_CREATED)

    @extend_schema(request=NoFields, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        _valid(NoFields, request.data)
        row = self.get_object()
        return _answer(services.cancel_appointment(business=row.business, appointment_id=row.pk, now=timezone.now()))

    @extend_schema(request=NewStart, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, pk: str) -> Response:
        asked = _valid(NewStart, request.data)
        row = self.get_object()
        return _answer(
            services.reschedule_appointment(
                business=row.business, appointment_id=row.pk, start_iso=asked["start_iso"], now=timezone.now()
            )
        )


def _local(row: Appointment, instant: datetime) -> str:
    return instant.astimezone(row.business.timezone).isoformat()


def _valid(form: type[StrictSerializer], data: Any) -> Mapping[str, Any]:
    checked = form(data=data)
    checked.is_valid(raise_exception=True)
    return cast(Mapping[str, Any], checked.validated_data)


def _answer(result: Any, *, success: int = status.HTTP_200_OK) -> Response:
    """The result as contract section 4 has it, with its status."""
    if not isinstance(result, Refused):
        return Response(result.as_dict(), status=success)
    if result.unparseable:
        raise ValidationError({"start_iso": [result.message]})
    if result.code == "unknown_appointment":
        raise Http404
    return Response(result.as_dict(), status=_STATUS_OF_CODE.get(result.code, status.HTTP_422_UNPROCESSABLE_ENTITY))
