"""Where a person's traces are. A table of a business is named here, as theirs or as nobody's; a test holds that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import CharField, Model, Q, QuerySet
from django.db.models.functions import Cast

from booking.models import Appointment, AppointmentChange, KeptAnswer
from calls.models import BlockedNumber, CallSession, EventLog, PracticeAppointment, Recording, Turn
from crm.models import (
    Activity,
    FollowUp,
    Lead,
    LeadIdentity,
    LeadMerge,
    LeadTag,
    PendingImport,
    SalesDocument,
    SettingChange,
)
from crm.phones import national
from crm.services import FURTHER_PHONE
from faq.models import UnansweredQuestion
from whatsapp.models import AgentRun, AgentTrace, Approval, Conversation, FlowMessage, Message, MessageMedia

# Tables that hold settings of the business, its staff, or ids of other rows, and nothing of its customers.
NOBODYS: Mapping[str, frozenset[str]] = {
    "booking": frozenset(
        (
            "CalendarFeed",
            "Closure",
            "Holiday",
            "OpeningHours",
            "OwnerRule",
            "Resource",
            "Service",
        )
    ),
    "calls": frozenset(
        (
            "PhoneLine",
            "PracticeCall",
            "PromptVersion",
            "TwilioAccount",
            "VoiceClip",
        )
    ),
    "crm": frozenset(
        (
            "BusinessSettings",
            "Invitation",
            "OutboxEvent",
            "SavedFilter",
            "Tag",
        )
    ),
    "faq": frozenset(
        (
            "FaqEmbedding",
            "FaqEntry",
            "FaqUse",
        )
    ),
    "whatsapp": frozenset(
        (
            "Channel",
            "FlowRule",
            "FlowSettings",
            "QuickReply",
        )
    ),
}


@dataclass(frozen=True)
class Person:
    """Ids of their cards and every number they are known by. Their business is the current one."""

    leads: tuple[int, ...]
    numbers: tuple[str, ...]

    @classmethod
    def of_number(cls, number: str) -> Person:
        """Whoever is known by this E.164 number. Their card may have further numbers, which are theirs too."""
        further = LeadIdentity.objects.filter(channel=FURTHER_PHONE)
        leads = set(Lead.objects.filter(phone=number).values_list("pk", flat=True))
        leads |= set(further.filter(external_id=number).values_list("lead_id", flat=True))
        numbers = {number, *Lead.objects.filter(pk__in=leads).exclude(phone="").values_list("phone", flat=True)}
        numbers |= set(further.filter(lead__in=leads).values_list("external_id", flat=True))
        return cls(tuple(sorted(leads)), tuple(sorted(numbers)))


def held(person: Person) -> dict[str, QuerySet[Any]]:
    """The person's rows by the name they have in the export. Each queryset may be read, or deleted, by itself."""
    calls = CallSession.objects.filter(Q(lead__in=person.leads) | Q(from_number__in=person.numbers))
    appointments = Appointment.objects.filter(Q(lead__in=person.leads) | Q(customer_phone__in=person.numbers))
    conversations = Conversation.objects.filter(lead__in=person.leads)
    runs = AgentRun.objects.filter(conversation__in=conversations)
    sids = calls.values("call_sid")
    of_snapshot = Q(snapshot__lead__id__in=person.leads) | Q(snapshot__lead__phone__in=person.numbers)
    merges = LeadMerge.objects.filter(Q(kept__in=person.leads) | of_snapshot)
    references = [str(pk) for pk in conversations.values_list("pk", flat=True)]
    asked = Q(reference__in=references, medium__in=("whatsapp", "web")) | Q(reference__in=sids)
    return {
        "customer": Lead.objects.filter(pk__in=person.leads),
        "identities": LeadIdentity.objects.filter(lead__in=person.leads),
        "tags": LeadTag.objects.filter(lead__in=person.leads),
        "timeline": Activity.objects.filter(Q(lead__in=person.leads) | Q(key__in=_keys(merges))),
        "follow_ups": FollowUp.objects.filter(Q(lead__in=person.leads) | (Q(call_sid__in=sids) & ~Q(call_sid=""))),
        "documents": SalesDocument.objects.filter(lead__in=person.leads),
        "merged_cards": merges,
        "appointments": appointments,
        "appointment_changes": AppointmentChange.objects.filter(appointment__in=appointments),
        "answers_kept": KeptAnswer.objects.filter(
            answer__appointment_id__in=list(appointments.values_list("pk", flat=True))
        ),
        "calls": calls,
        "turns": Turn.objects.filter(call__in=calls),
        "event_logs": EventLog.objects.filter(call__in=calls),
        "recordings": Recording.objects.filter(call__in=calls),
        "practice_appointments": PracticeAppointment.objects.filter(customer_phone__in=person.numbers),
        "blocked_numbers": BlockedNumber.objects.filter(number__in=person.numbers),
        "conversations": conversations,
        "messages": Message.objects.filter(conversation__in=conversations),
        "message_files": MessageMedia.objects.filter(message__conversation__in=conversations),
        "assistant_runs": runs,
        "assistant_steps": AgentTrace.objects.filter(run__in=runs),
        "approvals": Approval.objects.filter(run__in=runs),
        "automatic_messages": FlowMessage.objects.filter(lead__in=person.leads),
        "questions": UnansweredQuestion.objects.filter(asked),
        "setting_changes": _mentioning(SettingChange, "before", person.numbers)
        | _mentioning(SettingChange, "after", person.numbers),
        "pending_imports": _mentioning(PendingImport, "rows", spellings(person.numbers)),
    }


def _keys(merges: QuerySet[LeadMerge]) -> list[str]:
    """Of what two cards' timelines say of being merged, and of being apart again: the other's name."""
    pks = merges.values_list("pk", flat=True)
    return [f"{kind}:{pk}" for pk in pks for kind in ("merge", "merge.undone")]


def spellings(numbers: Iterable[str]) -> list[str]:
    """The numbers as files and forms have them."""
    found = []
    for number in numbers:
        shown = national(number)
        digits = "".join(filter(str.isdigit, shown))
        found += [number, shown, digits, f"{digits[:3]}-{digits[3:]}"]
    return found


def _mentioning(model: type[Model], field: str, texts: Any) -> QuerySet[Any]:
    """Rows whose JSON has one of these in it."""
    wanted: list[Q] = [Q(_text__contains=text) for text in texts]
    rows = model._default_manager.alias(_text=Cast(field, CharField()))
    return rows.filter(reduce(or_, wanted)) if wanted else rows.none()


def files(person: Person) -> Iterator[tuple[str, Any]]:
    """(name in the export, stored file) of every sound and picture of theirs."""
    rows = held(person)
    for recording in rows["recordings"].exclude(file=""):
        yield f"recordings/{recording.pk}-{_last(recording.file.name)}", recording.file
    for document in rows["documents"].exclude(pdf=""):
        yield f"documents/{_last(document.pdf.name)}", document.pdf
    for media in rows["message_files"].exclude(file=""):
        yield f"messages/{media.message_id}-{_last(media.file.name)}", media.file


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]
