import pytest
from django.test.utils import CaptureQueriesContext

from crm.tenancy import current_business_id
from faq.services import active_entries
from tests.support.factories import BusinessFactory, FaqEntryFactory

pytestmark = pytest.mark.django_db


def test_a_business_answers_with_its_own_active_entries_only():
    salon = BusinessFactory()
    parking, address = FaqEntryFactory(business=salon), FaqEntryFactory(business=salon)
    FaqEntryFactory(business=salon, is_active=False)
    FaqEntryFactory()
    assert active_entries(salon) == [parking, address]
    assert current_business_id() is None


def test_the_entries_cost_one_query(django_assert_num_queries: type[CaptureQueriesContext]):
    salon = BusinessFactory()
    for _ in range(3):
        FaqEntryFactory(business=salon)
    with django_assert_num_queries(1):
        active_entries(salon)
