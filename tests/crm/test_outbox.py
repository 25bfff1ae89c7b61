"""News reaches every subscriber once, and only of what really happened."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from crm import outbox, tasks
from crm.models import Lead, OutboxEvent
from crm.tenancy import current_business_id, for_business, for_everyone
from tests.support.factories import NOW, BusinessFactory, LeadFactory, OutboxEventFactory


@pytest.fixture
def told(monkeypatch):
    """What subscribers to `tests.happened` were told, with the business they were in."""
    monkeypatch.setattr(outbox, "_handlers", type(outbox._handlers)(list))
    heard = []

    @outbox.subscribe("tests.happened")
    def hear(event):
        heard.append((event.payload["n"], current_business_id()))

    return heard


def happened(n=1, **values):
    return OutboxEventFactory(name="tests.happened", payload={"n": n}, **values)


def waiting():
    with for_everyone("the test counts all news"):
        return OutboxEvent.objects.filter(handled_at=None).count()


@pytest.mark.django_db
def test_news_is_delivered_once_in_the_business_of_the_event(told):
    event = happened()
    assert outbox.deliver_pending(NOW) == 1
    assert outbox.deliver_pending(NOW) == 0
    assert told == [(1, event.business_id)]
    with for_business(event.business):
        assert OutboxEvent.objects.get().handled_at == NOW


@pytest.mark.django_db
def test_news_is_delivered_oldest_first_up_to_the_limit(told):
    for n in range(5):
        happened(n)
    assert outbox.deliver_pending(NOW, limit=3) == 3
    assert [n for n, _ in told] == [0, 1, 2]
    assert waiting() == 2


@pytest.mark.django_db
def test_each_subscriber_hears_it_even_if_registered_twice(told):
    also = []

    def hear_too(event):
        also.append(event.pk)

    outbox.subscribe("tests.happened")(hear_too)
    outbox.subscribe("tests.happened")(hear_too)
    event = happened()
    outbox.deliver_pending(NOW)
    assert (len(told), also) == (1, [event.pk])


@pytest.mark.django_db
def test_news_that_nobody_waits_for_is_done_with(told):
    OutboxEventFactory(name="tests.ignored")
    assert outbox.deliver_pending(NOW) == 1
    assert (told, waiting()) == ([], 0)


@pytest.mark.django_db
def test_a_failing_handler_leaves_no_half_and_holds_up_nobody(told, caplog):
    @outbox.subscribe("tests.happened")
    def stumble(event):
        LeadFactory(business=event.business, name="דנה לוי")
        if event.payload["n"] == 1:
            raise ZeroDivisionError

    first, second = happened(1), happened(2)
    assert outbox.deliver_pending(NOW) == 1
    assert [n for n, _ in told] == [1, 2]
    with for_everyone("the test looks at both businesses"):
        assert set(OutboxEvent.objects.filter(handled_at=None)) == {first}
        assert [lead.business for lead in Lead.objects.all()] == [second.business]
    assert [record.event_id for record in caplog.records] == [first.pk]
    assert "דנה" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_news_of_a_transaction_that_failed_is_no_news(told):
    business = BusinessFactory()
    with for_business(business):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            publish_and_fail(business)
        with transaction.atomic():
            outbox.publish(business=business, name="tests.happened", payload={"n": 2})
    outbox.deliver_pending(NOW)
    assert told == [(2, business.pk)]


def publish_and_fail(business):
    outbox.publish(business=business, name="tests.happened", payload={"n": 1})
    raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_news_outside_a_transaction_is_refused():
    business = BusinessFactory()
    with for_business(business), pytest.raises(outbox.OutsideTransaction):
        outbox.publish(business=business, name="tests.happened", payload={})


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_share_the_work_and_deliver_each_event_once(told):
    sweeps, events = 4, 12
    for n in range(events):
        happened(n)
    start = threading.Barrier(sweeps)

    def sweep(_):
        try:
            start.wait()
            return outbox.deliver_pending(NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(sweeps) as threads:
        delivered = sum(threads.map(sweep, range(sweeps)))
    # An event that another sweep holds is skipped, not waited for; the next round finds what is left.
    delivered += outbox.deliver_pending(NOW)
    assert delivered == events
    assert sorted(n for n, _ in told) == list(range(events))


@pytest.mark.django_db
def test_the_scheduled_sweep_delivers(told):
    happened()
    assert tasks.deliver_news() == 1
    assert len(told) == 1
