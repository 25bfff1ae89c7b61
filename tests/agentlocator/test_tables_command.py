"""A command that is the first to need the tables makes them, or says who should."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def without_token_table():
    call_command("migrate", "authtoken", "zero", verbosity=0)
    yield
    call_command("migrate", verbosity=0)


def token_of(username):
    out = io.StringIO()
    call_command("create_api_token", username, stdout=out)
    return out.getvalue()


def test_missing_tables_are_made_without_a_word(without_token_table):
    UserFactory(username="noa")
    assert len(token_of("noa").split()) == 1


def test_where_migrations_are_somebody_elses_matter_it_says_so(without_token_table, settings):
    settings.RUN_MIGRATIONS_ON_START = False
    UserFactory(username="noa")
    with pytest.raises(CommandError, match=r"run `manage\.py migrate` first"):
        token_of("noa")
