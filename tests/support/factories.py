"""Rows for tests: boring defaults, so that a test states the facts it depends on.

A factory enters the business of its row, so it works inside and outside a scope. Without `business=` the
row belongs to the current business, else to a new one. People have names: Dana calls, Noa staffs.
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import factory
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from booking.models import (
    Appointment,
    AppointmentChange,
    CalendarFeed,
    Closure,
    Holiday,
    KeptAnswer,
    OpeningHours,
    OwnerRule,
    Resource,
    Service,
)
from calls.models import (
    BlockedNumber,
    CallSession,
    EventLog,
    PhoneLine,
    PracticeAppointment,
    PracticeCall,
    PromptVersion,
    Recording,
    Turn,
    TwilioAccount,
    VoiceClip,
)
from crm.models import (
    Activity,
    Business,
    BusinessSettings,
    FollowUp,
    Invitation,
    Lead,
    LeadIdentity,
    LeadMerge,
    LeadTag,
    Medium,
    Membership,
    OutboxEvent,
    PendingImport,
    Role,
    SalesDocument,
    SavedFilter,
    SettingChange,
    Tag,
)
from crm.tenancy import current_business_id, for_business
from faq.models import FaqEmbedding, FaqEntry, FaqUse, UnansweredQuestion
from whatsapp.models import (
    AgentRun,
    AgentTrace,
    Approval,
    Channel,
    Conversation,
    FlowMessage,
    FlowRule,
    FlowSettings,
    Message,
    MessageMedia,
    QuickReply,
)

NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)  # Tuesday 24/11/2026, ten in the morning in Israel
PASSWORD = "correct horse battery"


class BusinessFactory(DjangoModelFactory):
    """A business without a settings row; `with_settings=True` gives it the defaults."""

    class Meta:
        model = Business
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"salon-{n}")
    name = factory.Sequence(lambda n: f"מספרה {n}")
    timezone = "Asia/Jerusalem"

    @factory.post_generation
    def with_settings(self, create: bool, wanted: bool | None, **values: Any) -> None:
        if create and (wanted or values):
            BusinessSettingsFactory(business=self, **values)


@functools.cache
def _hashed(password: str, hasher: str) -> str:
    """Hashing is slow on purpose; once per password is enough for tests."""
    return make_password(password)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda n: f"noa{n}")
    password = factory.Transformer(PASSWORD, transform=lambda plain: _hashed(plain, settings.PASSWORD_HASHERS[0]))


class SuperuserFactory(UserFactory):
    username = factory.Sequence(lambda n: f"admin{n}")
    is_staff = True
    is_superuser = True


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    business = factory.SubFactory(BusinessFactory)
    role = Role.STAFF


def _current_or_new() -> Business:
    current = current_business_id()
    return BusinessFactory() if current is None else Business.objects.get(pk=current)


class TenantFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    business = factory.LazyFunction(_current_or_new)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        with for_business(kwargs["business"]):
            return super()._create(model_class, *args, **kwargs)


def _of_same_business(name: str) -> factory.SubFactory:
    return factory.SubFactory(f"{__name__}.{name}", business=factory.SelfAttribute("..business"))


class BusinessSettingsFactory(TenantFactory):
    class Meta:
        model = BusinessSettings


class LeadFactory(TenantFactory):
    class Meta:
        model = Lead

    name = "דנה לוי"
    phone = factory.Sequence(lambda n: f"+97252{n:07d}")
    source = Medium.PHONE
    created_at = NOW


class LeadIdentityFactory(TenantFactory):
    class Meta:
        model = LeadIdentity

    lead = _of_same_business("LeadFactory")
    channel = "baileys"
    external_id = factory.Sequence(lambda n: f"{n}@lid")


class ActivityFactory(TenantFactory):
    class Meta:
        model = Activity

    lead = _of_same_business("LeadFactory")
    kind = "call"
    medium = Medium.PHONE
    text = "נקבע תור"
    occurred_at = NOW
    key = factory.Sequence(lambda n: f"activity:{n}")


class FollowUpFactory(TenantFactory):
    class Meta:
        model = FollowUp

    lead = _of_same_business("LeadFactory")
    reason = "לחזור ללקוחה"
    due_at = NOW


class TagFactory(TenantFactory):
    class Meta:
        model = Tag

    name = factory.Sequence(lambda n: f"תגית {n}")


class LeadTagFactory(TenantFactory):
    class Meta:
        model = LeadTag

    lead = _of_same_business("LeadFactory")
    tag = _of_same_business("TagFactory")


class LeadMergeFactory(TenantFactory):
    class Meta:
        model = LeadMerge

    kept = _of_same_business("LeadFactory")
    snapshot = factory.LazyFunction(dict)


class SavedFilterFactory(TenantFactory):
    class Meta:
        model = SavedFilter

    user = factory.SubFactory(f"{__name__}.UserFactory")
    page = "leads"
    name = factory.Sequence(lambda n: f"סינון {n}")


class InvitationFactory(TenantFactory):
    class Meta:
        model = Invitation

    email = factory.Sequence(lambda n: f"noa-{n}@example.com")
    role = Role.STAFF
    secret_hash = factory.Sequence(lambda n: f"{n:064x}")
    expires_at = NOW + dt.timedelta(days=7)


class SettingChangeFactory(TenantFactory):
    class Meta:
        model = SettingChange

    table = "crm_businesssettings"
    row_id = 1
    kind = "UPDATE"
    before = factory.LazyFunction(lambda: {"slot_size_min": 60})
    after = factory.LazyFunction(lambda: {"slot_size_min": 30})
    at = NOW
    transaction = factory.Sequence(lambda n: -n)  # real ones are positive


class SalesDocumentFactory(TenantFactory):
    """A quote that waits for approval."""

    class Meta:
        model = SalesDocument

    kind = SalesDocument.Kind.QUOTE
    lead = _of_same_business("LeadFactory")
    lines = factory.LazyFunction(lambda: [{"text": "תספורת", "quantity": "1", "unit": 8000}])
    created_at = NOW


class OutboxEventFactory(TenantFactory):
    class Meta:
        model = OutboxEvent

    name = "appointment.created"
    created_at = NOW


class PendingImportFactory(TenantFactory):
    class Meta:
        model = PendingImport

    kind = "customers"
    rows = factory.LazyFunction(lambda: [[2, {"name": "דנה לוי"}]])
    by = factory.SubFactory(f"{__name__}.UserFactory")


class ResourceFactory(TenantFactory):
    class Meta:
        model = Resource

    slug = factory.Sequence(lambda n: f"chair-{n}")
    name = "נועה"


class ServiceFactory(TenantFactory):
    class Meta:
        model = Service
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"haircut-{n}")
    name = "תספורת"
    duration_min = 30
    price = 80

    @factory.post_generation
    def resources(self, create: bool, rows: list[Resource] | None, **kwargs: Any) -> None:
        if create and rows:
            with for_business(self.business_id):
                self.resources.set(rows)


class OpeningHoursFactory(TenantFactory):
    class Meta:
        model = OpeningHours

    weekday = 0
    opens = dt.time(10)
    closes = dt.time(20)


class ClosureFactory(TenantFactory):
    class Meta:
        model = Closure

    on_date = dt.date(2026, 12, 5)


class HolidayFactory(TenantFactory):
    class Meta:
        model = Holiday

    on_date = dt.date(2027, 4, 22)
    name = "פסח"
    treatment = Holiday.Treatment.CLOSED


class OwnerRuleFactory(TenantFactory):
    class Meta:
        model = OwnerRule

    field = OwnerRule.Field.SLOT_SIZE
    value = 30
    quote = "תורים כל חצי שעה"
    is_confirmed = True
    decided_at = NOW


class AppointmentFactory(TenantFactory):
    """Half an hour from `starts_at`; `ends_at` and `during` follow unless given."""

    class Meta:
        model = Appointment

    resource = _of_same_business("ResourceFactory")
    lead = _of_same_business("LeadFactory")
    starts_at = NOW
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + dt.timedelta(minutes=30))
    during = factory.LazyAttribute(lambda row: (row.starts_at, row.ends_at))
    medium = Medium.PHONE
    customer_name = factory.LazyAttribute(lambda row: row.lead.name)
    customer_phone = factory.LazyAttribute(lambda row: row.lead.phone)


class AppointmentChangeFactory(TenantFactory):
    class Meta:
        model = AppointmentChange

    appointment = _of_same_business("AppointmentFactory")
    kind = AppointmentChange.Kind.CREATED
    medium = Medium.PHONE
    at = NOW


class CalendarFeedFactory(TenantFactory):
    class Meta:
        model = CalendarFeed

    digest = factory.Sequence(lambda n: f"{n:064x}")


class KeptAnswerFactory(TenantFactory):
    class Meta:
        model = KeptAnswer

    key = factory.Sequence(lambda n: f"key-{n}")


class FaqEntryFactory(TenantFactory):
    class Meta:
        model = FaqEntry

    slug = factory.Sequence(lambda n: f"question-{n}")
    question = "יש חניה?"
    answer = "יש חניה חינם מאחורי הבניין."


class FaqUseFactory(TenantFactory):
    class Meta:
        model = FaqUse

    entry = _of_same_business("FaqEntryFactory")
    day = NOW.date()
    times = 1


class UnansweredQuestionFactory(TenantFactory):
    class Meta:
        model = UnansweredQuestion

    text = "יש לכם החלקה אורגנית?"
    medium = Medium.PHONE
    asked_at = NOW


class FaqEmbeddingFactory(TenantFactory):
    class Meta:
        model = FaqEmbedding

    model = "text-embedding-3-small"
    text_hash = factory.Sequence(lambda n: f"{n:064x}")
    vector = b"\x00\x00\x80?"


class PhoneLineFactory(TenantFactory):
    class Meta:
        model = PhoneLine

    verified_at = NOW

    number = factory.Sequence(lambda n: f"+9723{n:07d}")


class TwilioAccountFactory(TenantFactory):
    class Meta:
        model = TwilioAccount

    account_sid = factory.Sequence(lambda n: f"AC{n:032x}")
    auth_token = "token"


class CallSessionFactory(TenantFactory):
    class Meta:
        model = CallSession

    call_sid = factory.Sequence(lambda n: f"CA{n:032x}")
    from_number = "+972520000147"
    to_number = "+97233334444"
    status = CallSession.Status.COMPLETED
    started_at = NOW


class PracticeCallFactory(TenantFactory):
    """What a call in the browser tries: nothing but the assistant as it is."""

    class Meta:
        model = PracticeCall

    call = factory.SubFactory(
        f"{__name__}.CallSessionFactory",
        business=factory.SelfAttribute("..business"),
        call_sid=factory.Sequence(lambda n: f"PR{n:032x}"),
        from_number="client:practice",
        is_practice=True,
        from_browser=True,
    )
    by = factory.SubFactory(f"{__name__}.UserFactory")


class PracticeAppointmentFactory(TenantFactory):
    class Meta:
        model = PracticeAppointment

    call = factory.LazyAttribute(lambda row: PracticeCallFactory(business=row.business).call)
    resource = _of_same_business("ResourceFactory")
    starts_at = NOW
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + dt.timedelta(minutes=30))
    during = factory.LazyAttribute(lambda row: (row.starts_at, row.ends_at))
    customer_name = "רועי כהן"
    customer_phone = "+972520000147"


class PromptVersionFactory(TenantFactory):
    """A draft. The first live version of a business follows its settings."""

    class Meta:
        model = PromptVersion

    number = factory.Sequence(lambda n: n + 100)
    text = "דברו בקצב רגוע."
    created_at = NOW


class BlockedNumberFactory(TenantFactory):
    class Meta:
        model = BlockedNumber

    number = factory.Sequence(lambda n: f"+97253{n:07d}")


class RecordingFactory(TenantFactory):
    class Meta:
        model = Recording

    call = _of_same_business("CallSessionFactory")
    kind = Recording.Kind.VOICEMAIL
    recording_sid = factory.Sequence(lambda n: f"RE{n:032x}")
    duration_s = 7
    created_at = NOW
    due_at = NOW


class TurnFactory(TenantFactory):
    class Meta:
        model = Turn

    call = _of_same_business("CallSessionFactory")
    index = factory.Sequence(lambda n: n)
    speaker = Turn.Speaker.CALLER
    text = "אני רוצה פגישה מחר בשש בערב"
    at_ms = 1000


class EventLogFactory(TenantFactory):
    class Meta:
        model = EventLog

    call = _of_same_business("CallSessionFactory")
    core_version = "1"
    data = b""


class VoiceClipFactory(TenantFactory):
    """A person's recording; `source`, `voice` and `text` make it another's."""

    class Meta:
        model = VoiceClip

    key = "goodbye"
    text = "תודה על השיחה, יום נעים!"
    audio = b"\x22" * 480
    source = VoiceClip.Source.RECORDED
    created_at = NOW


class ChannelFactory(TenantFactory):
    """A linked phone that is connected; `provider` makes it another's."""

    class Meta:
        model = Channel

    provider = Channel.Provider.BAILEYS
    number = factory.Sequence(lambda n: f"+97254{n:07d}")
    state = Channel.State.WORKING
    epoch = 1


class QuickReplyFactory(TenantFactory):
    class Meta:
        model = QuickReply

    title = factory.Sequence(lambda n: f"תשובה {n}")
    text = "תודה, נחזור אליך עוד היום."


class ConversationFactory(TenantFactory):
    """Of a customer who wrote just now, so that anything may be sent to them."""

    class Meta:
        model = Conversation

    lead = _of_same_business("LeadFactory")
    channel = factory.LazyAttribute(lambda row: _channel_of(row.business))
    chat_id = factory.Sequence(lambda n: f"{n}@lid")
    created_at = NOW
    last_message_at = NOW
    last_inbound_at = NOW


def _channel_of(business: Business) -> Channel:
    """The channel in use: a business has one of each provider, so conversations share it."""
    with for_business(business):
        return Channel.objects.filter(is_current=True).order_by("pk").first() or ChannelFactory(business=business)


class MessageFactory(TenantFactory):
    """From the customer. `OutgoingFactory` makes one that waits to be sent."""

    class Meta:
        model = Message

    conversation = _of_same_business("ConversationFactory")
    direction = Message.Direction.IN
    author = Message.Author.CONTACT
    text = "אפשר תור מחר ב-12?"
    provider = factory.LazyAttribute(lambda row: row.conversation.channel.provider)
    provider_id = factory.Sequence(lambda n: f"3EB0{n:018X}")
    status = Message.Status.RECEIVED
    created_at = NOW
    written_at = NOW


class OutgoingFactory(MessageFactory):
    direction = Message.Direction.OUT
    author = Message.Author.ASSISTANT
    text = "מחר ב-12:00 פנוי. לקבוע?"
    provider_id = ""
    status = Message.Status.QUEUED
    due_at = NOW
    expires_at = factory.LazyAttribute(lambda row: row.due_at + dt.timedelta(minutes=15))


class MessageMediaFactory(TenantFactory):
    """A picture that waits to be fetched."""

    class Meta:
        model = MessageMedia

    message = factory.SubFactory(
        f"{__name__}.MessageFactory",
        business=factory.SelfAttribute("..business"),
        kind=Message.Kind.IMAGE,
        text="",
    )
    source = factory.Sequence(lambda n: f"media-{n}")
    mimetype = "image/jpeg"
    bytes = 1000
    due_at = NOW


class FlowRuleFactory(TenantFactory):
    class Meta:
        model = FlowRule

    purpose = FlowRule.Purpose.REMINDER
    is_on = True
    text = "תזכורת: {name}, התור שלך ב{when}."
    minutes = 24 * 60


class FlowSettingsFactory(TenantFactory):
    class Meta:
        model = FlowSettings


class FlowMessageFactory(TenantFactory):
    """A reminder that is due now."""

    class Meta:
        model = FlowMessage

    purpose = FlowRule.Purpose.REMINDER
    key = factory.Sequence(lambda n: f"reminder:{n}")
    lead = _of_same_business("LeadFactory")
    due_at = NOW
    expires_at = NOW + dt.timedelta(hours=6)


class AgentRunFactory(TenantFactory):
    class Meta:
        model = AgentRun

    conversation = _of_same_business("ConversationFactory")
    engine = AgentRun.Engine.RULES
    version = "1"
    started_at = NOW


class AgentTraceFactory(TenantFactory):
    class Meta:
        model = AgentTrace

    run = _of_same_business("AgentRunFactory")
    index = factory.Sequence(lambda n: n)
    kind = AgentTrace.Kind.TOOL
    name = "calendar.find_slots"
    at = NOW


class ApprovalFactory(TenantFactory):
    class Meta:
        model = Approval

    run = _of_same_business("AgentRunFactory")
    tool = "calendar.cancel"
    call_id = factory.Sequence(lambda n: f"call_{n}")
    arguments = factory.LazyFunction(lambda: {"appointment_id": 1})
    asked_at = NOW
    expires_at = NOW + dt.timedelta(hours=12)
