"""Dana owns a salon where Noa and Ron serve; Ruth's salon next door is none of their business. Tuesday, ten o'clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from booking.models import Appointment, Resource, Service
from booking.results import Booked
from booking.services import create_appointment
from crm.models import Business, Medium, Role
from crm.tenancy import for_business
from tests.support.factories import BusinessFactory, OpeningHoursFactory, ResourceFactory, ServiceFactory
from tests.support.pages import signed_in

ISRAEL = ZoneInfo("Asia/Jerusalem")
NOW = datetime(2026, 11, 24, 10, tzinfo=ISRAEL)


@pytest.fixture(autouse=True)
def tuesday_morning() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def salon(db: None) -> Business:
    return make_salon("dana", "המספרה של דנה")


@pytest.fixture
def next_door(db: None) -> Business:
    return make_salon("ruth", "המספרה של רות")


def make_salon(slug: str, name: str) -> Business:
    """Open from Sunday to Thursday, ten to eight, appointments on the half hour; two chairs."""
    business: Business = BusinessFactory(slug=slug, name=name, with_settings=True, with_settings__slot_size_min=30)
    noa = ResourceFactory(business=business, slug="noa", name="נועה")
    ResourceFactory(business=business, slug="ron", name="רון")
    ServiceFactory(business=business, slug="cut", name="תספורת", duration_min=30)
    ServiceFactory(business=business, slug="colour", name="צבע", duration_min=60, resources=[noa])
    for weekday in range(5):
        OpeningHoursFactory(business=business, weekday=weekday, opens=time(10), closes=time(20))
    return business


@pytest.fixture
def dana(salon: Business) -> Client:
    return signed_in(salon, Role.OWNER, first_name="דנה")


@pytest.fixture
def noa(salon: Business) -> Client:
    return signed_in(salon, Role.STAFF, first_name="נועה")


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """That hour of the business's clock, so many days from today."""
    return datetime.combine(NOW.date() + timedelta(days=days), time(hour, minute), ISRAEL)


def book(business: Business, start: datetime, name: str = "שירה כץ", **asked: Any) -> Appointment:
    """An appointment that a caller made."""
    wish = {"customer_phone": "0520000147", "medium": Medium.PHONE, "service_id": "cut", "resource_id": "noa"} | asked
    answer = create_appointment(business=business, start_iso=start, customer_name=name, now=NOW, **wish)
    assert isinstance(answer, Booked), answer
    return again(business, answer.appointment_id)


def again(business: Business, pk: int) -> Appointment:
    with for_business(business):
        return Appointment.objects.select_related("resource", "service", "lead").get(pk=pk)


def resource(business: Business, slug: str) -> Resource:
    with for_business(business):
        return Resource.objects.get(slug=slug)


def service(business: Business, slug: str) -> Service:
    with for_business(business):
        return Service.objects.get(slug=slug)
