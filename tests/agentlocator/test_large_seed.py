"""The business that pages are measured with."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from calls.models import CallSession, Turn
from crm.models import Business, FollowUp, Lead
from crm.tenancy import for_business
from tests.support.factories import BusinessFactory

SMALL = ("--leads", "60", "--calls", "40", "--turns", "400", "--appointments", "50")


def test_a_small_one_is_made_as_asked(db):
    call_command("seed_large", *SMALL, stdout=StringIO())

    business = Business.objects.get(slug="large")
    with for_business(business):
        assert (Lead.objects.count(), CallSession.objects.count(), Turn.objects.count()) == (60, 40, 400)
        assert FollowUp.objects.filter(done_at=None).exists()


def test_a_business_that_is_there_is_left_alone(db):
    dana = BusinessFactory(slug="dana")

    with pytest.raises(CommandError, match="Choose another --slug"):
        call_command("seed_large", "--slug", "dana", *SMALL)

    with for_business(dana):
        assert not Lead.objects.exists()


def test_no_amount_is_refused(db):
    with pytest.raises(CommandError, match="1 or more"):
        call_command("seed_large", "--leads", "0")
