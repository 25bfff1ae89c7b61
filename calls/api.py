"""REST: calls and what was said in them (contract section 4)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from calls.models import CallSession, Turn
from calls.sids import CALL_SID
from crm.api import BusinessScoped, PhoneFilter, read_query


class CallSerializer(serializers.ModelSerializer[CallSession]):
    to = serializers.CharField(source="to_number", read_only=True)
    appointment_id = serializers.IntegerField(read_only=True, allow_null=True)
    lead_id = serializers.IntegerField(read_only=True, allow_null=True)
    cost_microusd = serializers.IntegerField(required=False, help_text="Only owners are told.")

    class Meta:
        model = CallSession
        fields: ClassVar = [
            "call_sid",
            "from_number",
            "to",
            "status",
            "outcome",
            "started_at",
            "duration_s",
            "summary",
            "appointment_id",
            "lead_id",
            "dead_air_ms",
            "false_claims",
            "cost_microusd",
        ]

    def to_representation(self, instance: CallSession) -> dict[str, Any]:
        """Staff are not told what a call costs: it is their owners' money."""
        row = super().to_representation(instance)
        if not self.context["view"].is_owned(instance):
            del row["cost_microusd"]
        return row

    def get_fields(self) -> dict[str, Any]:
        """The outside's word for `from_number` is one that Python keeps for itself."""
        fields = super().get_fields()
        caller = serializers.CharField(source="from_number", read_only=True)
        return {
            "from" if name == "from_number" else name: caller if name == "from_number" else field
            for name, field in fields.items()
        }


class CallQuery(serializers.Serializer[Any]):
    business = serializers.CharField(required=False)
    status = serializers.ChoiceField(CallSession.Status.choices, required=False)
    outcome = serializers.ChoiceField(CallSession.Outcome.choices, required=False)
    started_after = serializers.DateTimeField(required=False)
    started_before = serializers.DateTimeField(required=False)
    phone = PhoneFilter(required=False, help_text="The caller's number, in any spelling.")


_CALL_LOOKUPS = {
    "status": "status",
    "outcome": "outcome",
    "started_after": "started_at__gte",
    "started_before": "started_at__lt",
    "phone": "from_number",
}


class CallViewSet(
    BusinessScoped, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[CallSession]
):
    """Calls, newest first."""

    serializer_class = CallSerializer
    lookup_field = "call_sid"
    lookup_value_regex = CALL_SID
    queryset = CallSession.objects.none()

    def get_queryset(self) -> QuerySet[CallSession]:
        rows = self.scoped(CallSession).defer("prompt").order_by("-started_at", "-pk")
        if self.action != "list":
            return rows
        wanted = read_query(CallQuery, self.request)
        return rows.filter(**{_CALL_LOOKUPS[name]: wanted[name] for name in wanted if name in _CALL_LOOKUPS})

    @extend_schema(parameters=[CallQuery])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)


class TurnSerializer(serializers.ModelSerializer[Turn]):
    metrics = serializers.DictField(read_only=True)

    class Meta:
        model = Turn
        fields: ClassVar = ["index", "speaker", "text", "heard_fraction", "at_ms", "metrics"]


class TurnQuery(serializers.Serializer[Any]):
    call = serializers.RegexField(f"^{CALL_SID}$")
    business = serializers.CharField(required=False)


class TurnViewSet(BusinessScoped, mixins.ListModelMixin, viewsets.GenericViewSet[Turn]):
    """The transcript of one call, in the order of the conversation."""

    serializer_class = TurnSerializer
    queryset = Turn.objects.none()

    @extend_schema(parameters=[TurnQuery])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Turn]:
        sid = read_query(TurnQuery, self.request)["call"]
        call = get_object_or_404(self.scoped(CallSession), call_sid=sid)
        return self.scoped(Turn).filter(call=call).order_by("index")
