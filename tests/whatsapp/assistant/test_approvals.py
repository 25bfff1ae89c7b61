"""What the assistant may not do alone waits for a person, over deploys and for as long as it takes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from crm.models import FollowUp, Role
from crm.tenancy import for_business
from simulator.text_tools import call
from tests.support.factories import ConversationFactory, FaqEntryFactory, LeadFactory, MembershipFactory
from tests.whatsapp.assistant.conftest import Chat, chat_of, salon
from whatsapp.assistant import agent, approvals, runs
from whatsapp.assistant.answering import Outcome
from whatsapp.models import AgentRun, Approval, Message

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = "זה דורש אישור של הצוות. אחרי ההחלטה התשובה תגיע לכאן."
SEND = {"to": "052-111-2222", "text": "מיכל מאחרת בעשר דקות"}


class House:
    """A run that waits: Michal wants Dana, who is a customer too, to be told something."""

    def __init__(self, options) -> None:
        self.options = options
        self.chat: Chat = chat_of(salon())
        business = self.chat.business
        dana = LeadFactory(business=business, name="דנה לוי", phone="+972521112222")
        with for_business(business):
            self.dana = ConversationFactory(business=business, lead=dana)
        self.owner = MembershipFactory(business=business, role=Role.OWNER).user
        self.noa = MembershipFactory(business=business, role=Role.STAFF).user
        options.text_steps.append([call("whatsapp_send", **SEND)])
        assert self.chat.says("תגידו לדנה שאני מאחרת, 052-111-2222") == ASKED
        with for_business(business):
            self.approval = Approval.objects.get()
            self.run = self.approval.run

    def resume(self) -> str:
        self.chat.now += dt.timedelta(minutes=5)
        before = self.chat.sent()
        runs.resume(self.chat.business.pk, self.run.pk, now=self.chat.now)
        after = self.chat.sent()
        return after[-1] if len(after) > len(before) else ""

    def told_dana(self) -> list[str]:
        with for_business(self.chat.business):
            rows = Message.objects.filter(conversation=self.dana, direction=Message.Direction.OUT)
            return list(rows.values_list("text", flat=True))

    def status(self) -> str:
        return self.chat.runs()[0].status

    def decide(self, what: str, **more) -> bool:
        with for_business(self.chat.business):
            verb = getattr(approvals, what)
            by = more.pop("by", self.noa)
            return bool(verb(approval=self.approval, by=by, now=self.chat.now, **more))


@pytest.fixture
def house(db, provider, options) -> House:
    return House(options)


def test_nothing_is_done_before_somebody_allows_it(house):
    assert (house.status(), house.told_dana()) == ("waiting", [])
    assert (house.approval.tool, house.approval.arguments) == ("whatsapp.send", SEND)
    assert house.resume() == ""
    assert house.status() == "waiting"


def test_what_is_approved_is_done_and_told(house):
    house.options.text_steps.append("ההודעה נשלחה.")
    assert house.decide("approve") is True
    assert house.decide("approve") is False
    assert house.resume() == "ההודעה נשלחה."
    assert house.told_dana() == [SEND["text"]]
    assert (house.status(), house.resume()) == ("done", "")
    assert house.told_dana() == [SEND["text"]]


def test_an_approval_survives_a_deploy(house):
    """A new process has made its definition anew, and finds the run in the database only."""
    agent.definition.cache_clear()
    agent.spans.shutdown()
    house.options.text_steps.append("ההודעה נשלחה.")
    house.decide("approve")
    assert house.resume() == "ההודעה נשלחה."
    assert house.told_dana() == [SEND["text"]]


@pytest.mark.parametrize("state", ["", "{broken", None])
def test_an_approval_survives_a_deploy_that_changes_the_assistant(house, state):
    with for_business(house.chat.business):
        changed = {"version": "an older one"} if state is None else {"state": state}
        AgentRun.objects.update(**changed)
    house.decide("approve")
    assert house.resume() == "הצוות אישר את הבקשה, והיא בוצעה."
    assert (house.told_dana(), house.status()) == ([SEND["text"]], "done")


def test_an_approval_survives_the_provider(house):
    house.options.text_misfortunes.extend([500] * 4)
    house.decide("approve")
    assert house.resume() == "הצוות אישר את הבקשה, והיא בוצעה."
    assert house.told_dana() == [SEND["text"]]


def test_a_worker_that_dies_while_it_resumes_sends_nothing_twice(house):
    house.decide("approve")
    with for_business(house.chat.business):
        from whatsapp.assistant import lease

        rows = AgentRun.objects.select_related("conversation__business", "conversation__lead", "conversation__channel")
        run = rows.get(pk=house.run.pk)
        held = lease.claim_any(run.conversation_id, house.chat.now)
        house.options.text_steps.append("ההודעה נשלחה.")
        runs.Resuming(run, held, house.chat.now)._thought()  # and dies here, before its last transaction
    assert house.told_dana() == [SEND["text"]]
    assert house.resume() != ""
    assert house.told_dana() == [SEND["text"]]
    assert house.status() == "done"


def test_words_may_be_changed_before_they_are_sent(house):
    with pytest.raises(approvals.BadArguments) as wrong:
        house.decide("edit", arguments={"to": "052-111-2222"})
    assert wrong.value.fields.keys() == {"text"}
    house.options.text_steps.append("ההודעה נשלחה.")
    assert house.decide("edit", arguments={**SEND, "text": "מיכל תאחר מעט"}) is True
    house.resume()
    assert house.told_dana() == ["מיכל תאחר מעט"]


def test_what_is_rejected_is_not_done_and_the_reason_reaches_the_model(house, provider):
    house.options.text_steps.append("הצוות לא אישר לשלוח.")
    house.decide("reject", reason="לא מוסרים הודעות")
    assert house.resume() == "הצוות לא אישר לשלוח."
    assert house.told_dana() == []
    assert "לא מוסרים הודעות" in str(provider.provider.requests[-1]["input"][-1]["output"])


def test_nobody_decides_in_time(house):
    house.chat.now += dt.timedelta(hours=5)
    assert approvals.expire_overdue(house.chat.now) == 1
    assert house.decide("approve") is False
    house.options.text_misfortunes.extend([500] * 4)
    assert house.resume() == "אעביר את זה לצוות, ויחזרו אליך כאן."
    assert house.told_dana() == []
    with for_business(house.chat.business):
        assert FollowUp.objects.filter(lead=house.chat.lead).exists()


def test_strangers_decide_nothing_and_staff_decides_no_money(house, monkeypatch):
    stranger = MembershipFactory(role=Role.OWNER).user
    with pytest.raises(PermissionDenied):
        house.decide("approve", by=stranger)
    with for_business(house.chat.business):
        house.approval.tool = "invoices.draft"
        assert approvals.may_decide(house.approval, house.owner)
        assert not approvals.may_decide(house.approval, house.noa)


def test_further_messages_wait_and_are_answered_afterwards(house):
    assert house.chat.says("ומה שלומכם?") == ""
    assert house.chat.outcomes[-1] == Outcome.WAITING
    house.options.text_steps.append("ההודעה נשלחה.")
    house.decide("approve")
    assert house.resume() == "ההודעה נשלחה."
    house.options.text_steps.extend([[call("crm_get", lead_id=None)], "הכול טוב, תודה."])
    assert house.chat.answer() == "הכול טוב, תודה."


def test_a_ready_answer_does_not_wait(house):
    entry = FaqEntryFactory(business=house.chat.business)
    assert house.chat.says("יש חניה?") == entry.answer


def test_who_was_taken_over_meanwhile_hears_nothing_but_the_deed_is_done(house):
    from whatsapp import desk

    with for_business(house.chat.business):
        desk.take_over(conversation=house.chat.fresh(), by=house.noa, now=house.chat.now)
    house.options.text_steps.append("ההודעה נשלחה.")
    house.decide("approve")
    assert house.resume() == ""
    assert house.told_dana() == [SEND["text"]]


def test_only_people_with_a_conversation_are_written_to(db, provider, options):
    chat = chat_of(salon())
    MembershipFactory(business=chat.business, role=Role.OWNER)
    options.text_steps.extend([[call("whatsapp_send", to="052-999-8888", text="שלום")], "אי אפשר."])
    assert chat.says("תכתבו ל-052-999-8888 שלום") == ASKED
    with for_business(chat.business):
        approval = Approval.objects.get()
        owner = MembershipFactory(business=chat.business, role=Role.OWNER).user
        approvals.approve(approval=approval, by=owner, now=chat.now)
    runs.resume(chat.business.pk, approval.run_id, now=chat.now)
    [step] = [step for step in chat.steps() if step.name == "whatsapp.send" and step.kind == "tool"]
    assert step.result == {"ok": False, "error": "no_chat"}


# --- replays -------------------------------------------------------------------------------------------
def test_a_replay_does_nothing_and_sends_nothing(chat, provider, options):
    chat.says("אפשר תור מחר ב-12?")
    [run] = chat.runs()
    before = (chat.appointments(), chat.sent())
    again = runs.replay(run=run, instructions="לענות בקצרה", now=chat.now)
    assert (again.replay_of_id, again.status, again.engine) == (run.pk, "done", "model")
    assert again.answer == run.answer
    assert "לענות בקצרה" in again.instructions
    assert (chat.appointments(), chat.sent()) == before


def test_a_replay_without_a_key_is_by_the_rules(chat):
    chat.says("אפשר תור מחר ב-12?")
    [run] = chat.runs()
    again = runs.replay(run=run, instructions="x", now=chat.now)
    assert again.answer == run.answer
    assert len(chat.appointments()) == 1
