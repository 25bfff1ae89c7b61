"""Forgetting the business is an error, and nobody reads or writes another one's rows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db import connections, models
from django.db.models import Count, Exists, OuterRef, Subquery
from django.http import HttpResponse
from django.test import RequestFactory

from booking.models import Appointment, Service
from crm.middleware import SESSION_KEY, BusinessMiddleware
from crm.models import Activity, Business, Lead, Membership, Preferences
from crm.tenancy import (
    NoBusiness,
    OtherBusiness,
    TenantModel,
    current_business_id,
    for_business,
    for_everyone,
)
from tests.support import factories
from tests.support.factories import (
    ActivityFactory,
    BusinessFactory,
    LeadFactory,
    MembershipFactory,
    ServiceFactory,
    SuperuserFactory,
)

pytestmark = pytest.mark.django_db

NOT_TENANTS = {Business, Membership, Preferences}  # they decide the tenant, or are of a user in all of them
OURS = ("agentlocator", "whatsapp", "calls", "booking", "faq", "crm")


def tenant_models() -> Iterator[type[TenantModel]]:
    for model in apps.get_models():
        if issubclass(model, TenantModel):
            yield model


TENANT_MODELS = [pytest.param(model, id=model._meta.label) for model in tenant_models()]

READS_AND_WRITES = {
    "list": lambda rows: list(rows.all()),
    "first": lambda rows: rows.first(),
    "get": lambda rows: rows.get(pk=1),
    "count": lambda rows: rows.count(),
    "len": lambda rows: len(rows.all()),
    "bool": lambda rows: bool(rows.all()),
    "iterator": lambda rows: list(rows.iterator()),
    "exists": lambda rows: rows.exists(),
    "exclude": lambda rows: list(rows.exclude(pk=1)),
    "exclude exists": lambda rows: rows.exclude(pk=1).exists(),
    "contains": lambda rows: rows.contains(rows.model(pk=1)),
    "update": lambda rows: rows.update(pk=models.F("pk")),
    "delete": lambda rows: rows.all().delete(),
    "aggregate": lambda rows: rows.aggregate(Count("pk")),
    "annotate": lambda rows: list(rows.annotate(n=Count("pk"))),
    "values": lambda rows: list(rows.values("pk")),
    "values_list": lambda rows: list(rows.values_list("pk", flat=True)),
    "distinct": lambda rows: list(rows.order_by("pk").distinct()),
    "union": lambda rows: list(rows.order_by().union(rows.order_by())),
    "in_bulk": lambda rows: rows.in_bulk([1]),
    "earliest": lambda rows: rows.earliest("pk"),
    "lock": lambda rows: list(rows.select_for_update()),
    "get_or_create": lambda rows: rows.get_or_create(pk=1),
    "update_or_create": lambda rows: rows.update_or_create(pk=1),
    "bulk_update": lambda rows: rows.bulk_update([rows.model(pk=1, business_id=1)], ["business"]),
    "bulk_create": lambda rows: rows.bulk_create([rows.model(business_id=1)]),
    "bulk_create of all()": lambda rows: rows.all().bulk_create([rows.model(business_id=1)]),
    "explain": lambda rows: rows.all().explain(),
    "raw": lambda rows: list(rows.raw(f"select * from {rows.model._meta.db_table}")),  # noqa: S608 -- refused
    "raw of all()": lambda rows: list(rows.all().raw("select 1")),
    "subquery": lambda rows: list(Business.objects.filter(pk__in=Subquery(rows.values("business")))),
    "in": lambda rows: list(Business.objects.filter(pk__in=rows.values("business"))),
    "exists subquery": lambda rows: list(Business.objects.filter(Exists(rows.filter(business=OuterRef("pk"))))),
}


def test_every_model_with_a_business_is_guarded():
    with_business = {
        model
        for model in apps.get_models()
        if model._meta.app_label in OURS and any(field.name == "business" for field in model._meta.fields)
    }
    assert with_business - NOT_TENANTS == set(tenant_models())


def test_every_model_of_ours_belongs_to_a_business():
    ours = {model for model in apps.get_models() if model._meta.app_label in OURS}
    assert ours - NOT_TENANTS == set(tenant_models())


@pytest.mark.parametrize("model", TENANT_MODELS)
def test_no_default_manager_goes_around_the_guard(model):
    assert isinstance(model._default_manager.get_queryset(), type(Lead.objects.get_queryset()))
    for manager in model._meta.managers:
        with pytest.raises(NoBusiness):
            list(manager.all())


@pytest.mark.parametrize("use", READS_AND_WRITES.values(), ids=READS_AND_WRITES)
@pytest.mark.parametrize("model", TENANT_MODELS)
def test_without_a_business_every_read_and_write_is_refused(model, use):
    with pytest.raises(NoBusiness):
        use(model.objects)


@pytest.mark.parametrize("model", TENANT_MODELS)
async def test_without_a_business_asynchronous_reads_are_refused(model):
    with pytest.raises(NoBusiness):
        async for _ in model.objects.exclude(pk=1):
            pass
    with pytest.raises(NoBusiness):
        await model.objects.acount()
    with pytest.raises(NoBusiness):
        await model.objects.afirst()
    with pytest.raises(NoBusiness):
        await model.objects.exclude(pk=1).aexists()


@pytest.mark.parametrize("model", TENANT_MODELS)
def test_an_empty_queryset_needs_no_business(model):
    assert list(model.objects.none()) == []


def test_without_a_business_nothing_is_saved_or_deleted():
    lead = LeadFactory()
    with pytest.raises(NoBusiness):
        lead.save()
    with pytest.raises(NoBusiness):
        lead.delete()
    with pytest.raises(NoBusiness):
        Lead.objects.create(business=lead.business)


def test_without_a_business_the_rows_of_a_row_are_refused():
    activity = ActivityFactory()
    with pytest.raises(NoBusiness):
        list(activity.lead.activities.all())
    with pytest.raises(NoBusiness):
        list(ServiceFactory().resources.all())


def test_a_business_sees_its_own_rows_only():
    mine, theirs = LeadFactory(), LeadFactory()
    with for_business(mine.business):
        assert list(Lead.objects.all()) == [mine]
        assert Lead.objects.count() == 1
        assert not Lead.objects.filter(pk=theirs.pk).exists()
        assert Lead.objects.exclude(pk=mine.pk).count() == 0
        assert Lead.objects.filter(pk=theirs.pk).update(name="") == 0
        assert Lead.objects.filter(pk=theirs.pk).delete()[0] == 0
        assert Lead.objects.in_bulk([mine.pk, theirs.pk]) == {mine.pk: mine}
    with for_everyone("the test counts all rows"):
        assert Lead.objects.count() == 2


@pytest.mark.parametrize(
    "write",
    [
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: Lead.objects.bulk_create([Lead(business=row.business)]),
        lambda row: Lead.objects.all().bulk_create([Lead(business=row.business)]),
        lambda row: Lead.objects.bulk_update([row], ["name"]),
        lambda row: Lead.objects.create(business=row.business),
        lambda row: Lead.objects.get_or_create(business=row.business, phone="+972520000147"),
        lambda row: Lead.objects.update(business=row.business),
        lambda row: Lead.objects.update(business_id=row.business_id),
    ],
    ids=[
        "save",
        "delete",
        "bulk_create",
        "all().bulk_create",
        "bulk_update",
        "create",
        "get_or_create",
        "move",
        "by id",
    ],
)
def test_writing_a_row_of_another_business_raises(write):
    mine, theirs = LeadFactory(), LeadFactory()
    with for_business(mine.business), pytest.raises(OtherBusiness):
        write(theirs)
    with for_everyone("the test counts all rows"):
        assert set(Lead.objects.values_list("pk", "business_id")) == {
            (mine.pk, mine.business_id),
            (theirs.pk, theirs.business_id),
        }


def test_a_new_row_takes_the_current_business():
    business = BusinessFactory()
    with for_business(business):
        assert Lead.objects.create(name="דנה").business == business


def fail_in(business):
    assert current_business_id() == business.pk
    raise ZeroDivisionError


def test_scopes_nest_and_end_also_when_the_block_fails():
    outer, inner = BusinessFactory(), BusinessFactory()
    with for_business(outer):
        with pytest.raises(ZeroDivisionError), for_business(inner.pk):
            fail_in(inner)
        assert current_business_id() == outer.pk
    assert current_business_id() is None


def test_the_scope_of_everyone_needs_a_reason():
    with pytest.raises(ValueError, match="reason"), for_everyone(""):
        pass


@pytest.mark.django_db(transaction=True)
async def test_simultaneous_coroutines_each_see_their_own_business():
    leads = [await sync_to_async(LeadFactory)() for _ in range(4)]
    everyone_is_inside = asyncio.Barrier(len(leads))

    async def seen_by(lead):
        with for_business(lead.business_id):
            await everyone_is_inside.wait()
            return [row async for row in Lead.objects.all()]

    assert await asyncio.gather(*map(seen_by, leads)) == [[lead] for lead in leads]
    await sync_to_async(connections.close_all)()  # those of the thread that ran the queries


def test_every_tenant_model_has_a_factory():
    made = {
        factory._meta.model
        for factory in vars(factories).values()
        if isinstance(factory, type)
        and issubclass(factory, factories.TenantFactory)
        and factory is not factories.TenantFactory
    }
    assert made >= {model for model in tenant_models() if model._meta.app_label != "whatsapp"}


FACTORIES = sorted(name for name in vars(factories) if name.endswith("Factory"))
NOT_FOR_ROWS = {"TenantFactory", "DjangoModelFactory"}


@pytest.mark.parametrize("name", [name for name in FACTORIES if name not in NOT_FOR_ROWS])
def test_factories_make_rows_of_one_business(name):
    row = getattr(factories, name)()
    assert row.pk is not None
    for field in row._meta.fields:
        related = getattr(row, field.name) if isinstance(field, models.ForeignKey) else None
        if isinstance(related, TenantModel):
            assert related.business_id == row.business_id


# --- The middleware ---
def seen_by(user, **session):
    """What a view sees of the current business, and which leads."""
    request = RequestFactory().get("/")
    request.user = user
    request.session = SessionStore()
    request.session.update(session)
    seen = {}

    def view(request):
        seen["business"] = request.business
        try:
            seen["leads"] = list(Lead.objects.order_by("pk"))
        except NoBusiness:
            seen["leads"] = NoBusiness
        return HttpResponse()

    BusinessMiddleware(view)(request)
    assert current_business_id() is None
    return seen


def test_a_request_of_noa_is_in_her_business():
    lead, _other = LeadFactory(), LeadFactory()
    noa = MembershipFactory(business=lead.business).user
    assert seen_by(noa) == {"business": lead.business, "leads": [lead]}


def test_noa_of_two_businesses_is_in_the_first_until_she_chooses():
    first, second = LeadFactory(), LeadFactory()
    noa = MembershipFactory(business=second.business).user
    MembershipFactory(user=noa, business=first.business)
    assert seen_by(noa)["leads"] == [first]
    assert seen_by(noa, **{SESSION_KEY: second.business_id})["leads"] == [second]


def test_a_session_cannot_choose_a_business_of_others():
    lead, other = LeadFactory(), LeadFactory()
    noa = MembershipFactory(business=lead.business).user
    assert seen_by(noa, **{SESSION_KEY: other.business_id})["leads"] == [lead]


def test_strangers_and_users_without_a_business_are_in_none():
    LeadFactory()
    nowhere = {"business": None, "leads": NoBusiness}
    assert seen_by(AnonymousUser()) == nowhere
    assert seen_by(factories.UserFactory()) == nowhere


def test_a_platform_admin_sees_all_until_one_is_chosen():
    first, second = LeadFactory(), LeadFactory()
    admin = SuperuserFactory()
    assert seen_by(admin) == {"business": None, "leads": [first, second]}
    assert seen_by(admin, **{SESSION_KEY: second.business_id}) == {"business": second.business, "leads": [second]}


def test_a_failing_view_leaves_no_scope_behind():
    request = RequestFactory().get("/")
    request.user = MembershipFactory().user
    request.session = SessionStore()

    def view(request):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        BusinessMiddleware(view)(request)
    assert current_business_id() is None


def test_queries_across_apps_stay_in_the_business():
    theirs = factories.AppointmentFactory()
    mine = factories.AppointmentFactory()
    with for_business(mine.business):
        assert list(Appointment.objects.filter(lead__phone__startswith="+")) == [mine]
        assert list(Activity.objects.filter(lead__in=[theirs.lead, mine.lead])) == []
        assert not Service.objects.exists()
