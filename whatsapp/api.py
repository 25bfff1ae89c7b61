"""REST: conversations and the messages in them (contract section 4).

What staff write among themselves is no message: notes are in no list. A message that its sender deleted has no text.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import NOT_FOUND, BusinessScoped, PhoneFilter, documented, page_of, read_query
from crm.models import Medium
from whatsapp.models import Conversation, Message

_CONVERSATION = {
    "id": 12,
    "medium": "whatsapp",
    "contact_phone": "+972520000147",
    "contact_name": "דנה לוי",
    "lead_id": 5,
    "state": "assistant",
    "created_at": "2026-11-21T08:00:00+02:00",
    "last_message_at": "2026-11-21T08:04:00+02:00",
}
_MESSAGE = {
    "id": 31,
    "direction": "in",
    "author": "contact",
    "kind": "text",
    "text": "אפשר תור מחר ב-12?",
    "status": "received",
    "created_at": "2026-11-21T08:04:00+02:00",
}


# --- conversations -------------------------------------------------------------------------------------
class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    """`contact_phone` is empty while the number behind a provider's id is unknown."""

    contact_phone = serializers.CharField(source="lead.phone", read_only=True)
    contact_name = serializers.CharField(source="lead.name", read_only=True)
    lead_id = serializers.IntegerField(read_only=True)

    class Meta:
        model = Conversation
        fields: ClassVar = [
            "id",
            "medium",
            "contact_phone",
            "contact_name",
            "lead_id",
            "state",
            "created_at",
            "last_message_at",
        ]


class ConversationQuery(serializers.Serializer[Any]):
    business = serializers.CharField(required=False)
    medium = serializers.ChoiceField(Medium.choices, required=False)
    state = serializers.ChoiceField(Conversation.State.choices, required=False)
    phone = PhoneFilter(required=False, help_text="The customer's number, in any spelling.")


_LOOKUPS = {"medium": "medium", "state": "state", "phone": "lead__phone"}


class ConversationViewSet(
    BusinessScoped, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Conversation]
):
    """Written conversations, the one with the newest message first."""

    serializer_class = ConversationSerializer
    lookup_value_regex = r"\d{1,18}"
    queryset = Conversation.objects.none()

    def get_queryset(self) -> QuerySet[Conversation]:
        rows = self.scoped(Conversation).select_related("lead").order_by("-last_message_at", "-pk")
        if self.action != "list":
            return rows
        wanted = read_query(ConversationQuery, self.request)
        return rows.filter(**{_LOOKUPS[name]: wanted[name] for name in wanted if name in _LOOKUPS})

    @extend_schema(parameters=[ConversationQuery], examples=[page_of(_CONVERSATION)])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        responses={200: documented(ConversationSerializer, "One conversation.", _CONVERSATION), 404: NOT_FOUND}
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().retrieve(request, *args, **kwargs)


# --- messages ------------------------------------------------------------------------------------------
class MessageSerializer(serializers.ModelSerializer[Message]):
    direction = serializers.ChoiceField([("in", "from the customer"), ("out", "to the customer")], read_only=True)
    text = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields: ClassVar = ["id", "direction", "author", "kind", "text", "status", "created_at"]

    def get_text(self, row: Message) -> str:
        return "" if row.revoked_at else row.text


class MessageQuery(serializers.Serializer[Any]):
    conversation = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    business = serializers.CharField(required=False)


class MessageViewSet(BusinessScoped, mixins.ListModelMixin, viewsets.GenericViewSet[Message]):
    """The messages of one conversation in the order in which they came.

    Notes, which staff write among themselves, are not among them. A message that its sender deleted has an empty text.
    """

    serializer_class = MessageSerializer
    queryset = Message.objects.none()

    @extend_schema(
        parameters=[MessageQuery],
        examples=[page_of(_MESSAGE)],
        responses={200: MessageSerializer(many=True), 404: NOT_FOUND},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Message]:
        key = read_query(MessageQuery, self.request)["conversation"]
        conversation = get_object_or_404(self.scoped(Conversation), pk=key)
        rows = self.scoped(Message).filter(conversation=conversation)
        return rows.exclude(direction=Message.Direction.NOTE).order_by("pk")
