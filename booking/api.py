"""REST: appointments (contract section 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, cast

from django.contrib.auth.models import User
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from booking import api_docs, services
from booking.api_forms import AppointmentQuery, NewAppointment, NewStart, NoFields, answer, valid
from booking.models import Appointment, AppointmentChange
from crm.api import NOT_FOUND, BusinessScoped, documented, page_of, read_query
from crm.models import Medium


# --- rows ----------------------------------------------------------------------------------------------
class AppointmentSerializer(serializers.ModelSerializer[Appointment]):
    start_iso = serializers.SerializerMethodField()
    end_iso = serializers.SerializerMethodField()
    service = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
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


class AppointmentWithHistory(AppointmentSerializer):
    changes = serializers.SerializerMethodField()

    class Meta(AppointmentSerializer.Meta):
        fields: ClassVar = [*AppointmentSerializer.Meta.fields, "changes"]

    @extend_schema_field(api_docs.ChangeShape(many=True))
    def get_changes(self, row: Appointment) -> list[dict[str, Any]]:
        return [_change(row, change) for change in row.changes.all()]


def _change(row: Appointment, change: AppointmentChange) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "medium": change.medium,
        "by": change.by.get_username() if change.by else None,
        "at": _local(row, change.at),
        "old_start_iso": _local(row, change.old_starts_at) if change.old_starts_at else None,
        "new_start_iso": _local(row, change.new_starts_at) if change.new_starts_at else None,
        "overrode": change.overrode,
        "reason": change.reason,
    }


def _local(row: Appointment, instant: datetime) -> str:
    return instant.astimezone(row.business.timezone).isoformat()


# --- appointments --------------------------------------------------------------------------------------
class AppointmentViewSet(
    BusinessScoped, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Appointment]
):
    """Appointments, latest first."""

    serializer_class = AppointmentSerializer
    lookup_value_regex = r"\d+"
    queryset = Appointment.objects.none()

    def get_queryset(self) -> QuerySet[Appointment]:
        expired = Q(status=Appointment.Status.HELD, held_until__lte=timezone.now())
        rows = self.scoped(Appointment).exclude(expired).select_related("service", "resource", "business")
        return rows.order_by("-starts_at", "-pk")

    @extend_schema(parameters=[AppointmentQuery], examples=[page_of(api_docs.APPOINTMENT)])
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
        responses={
            200: documented(
                AppointmentWithHistory,
                "One appointment with its history.",
                api_docs.APPOINTMENT | {"changes": api_docs.HISTORY},
            ),
            404: NOT_FOUND,
        }
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        history = AppointmentChange.objects.select_related("by")
        rows = self.get_queryset().prefetch_related(Prefetch("changes", queryset=history))
        row = get_object_or_404(rows, pk=kwargs["pk"])
        return Response(AppointmentWithHistory(row).data)

    @extend_schema(
        request=NewAppointment,
        parameters=[api_docs.IDEMPOTENCY_KEY],
        examples=[api_docs.WISH],
        responses=api_docs.CREATE,
    )
    def create(self, request: Request) -> Response:
        """Books a time by the business's rules."""
        asked = valid(NewAppointment, request.data)
        booked = services.create_appointment(
            business=self.required_business(),
            start_iso=asked["start_iso"],
            customer_name=asked.get("customer_name"),
            customer_phone=asked.get("customer_phone"),
            service_id=asked.get("service"),
            resource_id=asked.get("resource"),
            medium=Medium.API,
            by=_user(request),
            now=timezone.now(),
            idempotency_key=request.headers.get("Idempotency-Key", ""),
        )
        return answer(booked, success=status.HTTP_201_CREATED)

    @extend_schema(request=NewStart, examples=[api_docs.MOVE], responses=api_docs.RESCHEDULE)
    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, pk: str) -> Response:
        """Moves the appointment to another bookable time."""
        asked = valid(NewStart, request.data)
        return self._change(services.reschedule_appointment, start_iso=asked["start_iso"])

    @extend_schema(request=NoFields, responses=api_docs.CANCEL)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Frees the time. Cancelling again answers the same."""
        valid(NoFields, request.data)
        return self._change(services.cancel_appointment)

    @extend_schema(request=NoFields, responses=api_docs.NOTE)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Notes that the customer says they will come."""
        valid(NoFields, request.data)
        return self._change(services.confirm_attendance)

    @extend_schema(request=NoFields, responses=api_docs.NOTE)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        """Notes that the appointment took place; possible once it has begun."""
        valid(NoFields, request.data)
        return self._change(services.complete_appointment)

    @extend_schema(request=NoFields, responses=api_docs.NOTE)
    @action(detail=True, methods=["post"])
    def no_show(self, request: Request, pk: str) -> Response:
        """Notes that the customer did not come; possible once it has begun."""
        valid(NoFields, request.data)
        return self._change(services.record_no_show)

    def _change(self, service: Callable[..., Any], **asked: Any) -> Response:
        """What a service that changes this row answers; where it answers nothing, the row's time."""
        row = self.get_object()
        result = service(
            business=row.business,
            appointment_id=row.pk,
            now=timezone.now(),
            medium=Medium.API,
            by=_user(self.request),
            **asked,
        )
        if result is None:
            times = {"start_iso": _local(row, row.starts_at), "end_iso": _local(row, row.ends_at)}
            return Response({"ok": True, "appointment_id": row.pk} | times)
        return answer(result)


def _user(request: Request) -> User:
    """Whose token it is; nobody comes in without one."""
    return cast(User, request.user)
