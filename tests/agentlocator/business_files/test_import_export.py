"""A business file becomes rows, twice the same ones, and comes back as the same file."""

from __future__ import annotations

import datetime as dt
import io
import json
import stat

import pytest
import yaml
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.authtoken.models import Token

from agentlocator.business_files import demo
from agentlocator.business_files.exporter import export_business
from agentlocator.business_files.importer import import_business
from agentlocator.business_files.parts import CALL_SETTINGS
from agentlocator.business_files.schema import parse
from agentlocator.demo import last_call_id, report
from booking.models import Appointment, Closure, OpeningHours, Resource, Service
from calls.models import PhoneLine
from crm.models import Business, BusinessSettings, Membership
from crm.tenancy import for_business, for_everyone
from faq.models import FaqEntry
from tests.support.factories import (
    NOW,
    AppointmentFactory,
    BusinessFactory,
    CallSessionFactory,
    LeadFactory,
    PhoneLineFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

SALON = {
    "business": {"slug": "dana", "name": "המספרה של דנה", "timezone": "Asia/Jerusalem", "lines": ["+97233334444"]},
    "settings": {
        "slot_size_min": 30,
        "opening_hours_json": {"sun": [["10:00", "14:00"], ["16:00", "20:00"]], "sat": [["20:00", "02:00"]]},
        "booking_window_days": 14,
        "min_notice_min": 60,
        "cancel_notice_min": 120,
        "daily_limit": 12,
        "require_phone_before_booking": False,
        "phone_source": "caller_id",
        "ai_prompt": {"calls": "שורה ראשונה\nשורה שנייה\n", "whatsapp": "קצר"},
        "transfer_to": "+972521234567",
        "record_calls": True,
        "recordings_kept_days": 90,
        "max_call_min": 12,
        "max_call_cost_cents": 50,
        "patience_ms": 900,
        "barge_in_level": 700,
    },
    "resources": [
        {"id": "dana", "name": "דנה"},
        {
            "id": "noa",
            "name": "נועה",
            "hours": {"sun": [["10:00", "18:00"]]},
            "daily_limit": 5,
            "closures": [{"date": "2026-12-05", "hours": [["10:00", "12:00"]]}, {"date": "2026-12-08"}],
        },
    ],
    "services": [
        {"id": "haircut", "name": "תספורת", "duration_min": 30, "price": 80, "resources": ["noa"]},
        {"id": "color", "name": "צבע", "duration_min": 90, "buffer_after_min": 10, "price": 250.5},
        {"id": "advice", "name": "ייעוץ", "duration_min": 15},
    ],
    "closures": [
        {"date": "2026-12-05", "reason": "חופשה"},
        {"date": "2026-12-06", "hours": [["10:00", "13:00"], ["15:00", "17:00"]]},
    ],
    "holidays": {"calendar": "IL", "closed": True},
    "faq": [{"id": "parking", "question": "יש חניה?", "answer": "יש."}],
    "staff": [{"username": "dana", "role": "owner"}, {"username": "noa", "role": "staff"}],
}
ROWS = [BusinessSettings, OpeningHours, Resource, Service, Closure, PhoneLine, FaqEntry]


def text_of(**parts):
    return yaml.safe_dump(SALON | parts, allow_unicode=True, sort_keys=False)


def bring(**parts):
    """Import the salon with these parts in place of its own; None leaves a part out."""
    business, changes = import_business(parse(text_of(**parts)))
    return business, changes.lines()


def rows_of(business):
    """Every row of the business as it is stored, ids included."""
    with for_business(business):
        stored = {model.__name__: list(model.objects.order_by("pk").values()) for model in ROWS}
        stored["given by"] = {row.slug: {given.pk for given in row.resources.all()} for row in Service.objects.all()}
    stored["Business"] = list(Business.objects.filter(pk=business.pk).values())
    stored["Membership"] = list(Membership.objects.filter(business=business).order_by("pk").values())
    return stored


@pytest.fixture
def salon():
    return bring()[0]


def test_a_file_becomes_a_business(salon):
    assert (salon.slug, salon.name, str(salon.timezone)) == ("dana", "המספרה של דנה", "Asia/Jerusalem")
    with for_business(salon):
        settings = BusinessSettings.objects.get()
        assert (settings.slot_size_min, settings.booking_window_days, settings.min_notice_min) == (30, 14, 60)
        assert (settings.require_phone_before_booking, settings.phone_source) == (False, "caller_id")
        assert settings.ai_prompt_calls == "שורה ראשונה\nשורה שנייה\n"
        assert (settings.holidays_calendar, settings.holidays_closed) == ("IL", True)
        assert PhoneLine.objects.get().number == "+97233334444"
        assert {row.slug for row in Service.objects.get(slug="haircut").resources.all()} == {"noa"}
        assert OpeningHours.objects.filter(resource=None).count() == 3
        assert OpeningHours.objects.get(resource__slug="noa").closes == dt.time(18)
        assert Closure.objects.filter(on_date=dt.date(2026, 12, 6)).count() == 2
        assert (settings.cancel_notice_min, settings.daily_limit) == (120, 12)
        assert [row.daily_limit for row in Resource.objects.order_by("pk")] == [None, 5]
        own = Closure.objects.filter(resource__slug="noa").order_by("on_date")
        assert [(row.on_date.day, row.opens, row.closes) for row in own] == [
            (5, dt.time(10), dt.time(12)),
            (8, None, None),
        ]
        assert FaqEntry.objects.get().answer == "יש."


def test_importing_twice_changes_nothing_not_even_ids(salon):
    before = rows_of(salon)
    business, lines = bring()
    assert (business, lines) == (salon, [])
    assert rows_of(salon) == before


def test_what_differs_is_changed_in_place(salon):
    before = rows_of(salon)
    _, lines = bring(
        business=SALON["business"] | {"name": "אצל דנה", "timezone": "UTC"},
        settings=SALON["settings"] | {"slot_size_min": 15, "opening_hours_json": {"sun": [["10:00", "15:00"]]}},
        services=[SALON["services"][0] | {"price": 90, "resources": ["dana", "noa"]}, *SALON["services"][1:]],
    )
    assert lines == [
        "business: 1 changed",
        "settings: 1 changed",
        "services: 1 changed, 1 given by other resources",
        "opening hours: 3 removed, 1 created",
    ]
    after = rows_of(salon)
    for kind in ("Resource", "Closure", "PhoneLine", "FaqEntry", "Membership"):
        assert after[kind] == before[kind]
    for kind in ("Business", "BusinessSettings", "Service"):
        assert [row["id"] for row in after[kind]] == [row["id"] for row in before[kind]]


def test_what_a_file_leaves_out_is_what_it_says(salon):
    bring(settings={}, services=[], closures=[], faq=[], holidays={"calendar": "IL"})
    with for_business(salon):
        settings = BusinessSettings.objects.get()
        assert (settings.slot_size_min, settings.transfer_to, settings.holidays_closed) == (60, "", False)
        assert (settings.record_calls, settings.max_call_min, settings.patience_ms) == (False, 30, None)
        assert settings.require_phone_before_booking
        assert not OpeningHours.objects.filter(resource=None).exists()
        assert (settings.cancel_notice_min, settings.daily_limit) == (0, None)
        assert not Closure.objects.filter(resource=None).exists()
        assert [model.objects.count() for model in (Service, FaqEntry)] == [0, 0]


def test_a_service_and_a_chair_with_appointments_are_put_out_of_use_and_come_back(salon):
    with for_business(salon):
        noa, haircut = Resource.objects.get(slug="noa"), Service.objects.get(slug="haircut")
        AppointmentFactory(business=salon, resource=noa, service=haircut)
    lines = bring(resources=SALON["resources"][:1], services=SALON["services"][1:])[1]
    assert lines == [
        "resources: 1 deactivated",
        "services: 1 deactivated",
        "opening hours: 1 removed",
        "closures: 2 removed",
    ]
    with for_business(salon):
        assert Appointment.objects.count() == 1
        assert not Service.objects.get(pk=haircut.pk).is_active
        assert not Resource.objects.get(pk=noa.pk).is_active
    assert bring(resources=SALON["resources"][:1], services=SALON["services"][1:])[1] == []
    bring()
    with for_business(salon):
        assert Service.objects.get(slug="haircut").pk == haircut.pk
        assert Resource.objects.get(slug="noa", is_active=True).pk == noa.pk


def test_a_business_without_resources_has_one():
    business, _ = import_business(parse("business: {slug: dana, name: דנה}"))
    with for_business(business):
        assert Resource.objects.get().name == "דנה"
    assert import_business(parse("business: {slug: dana, name: דנה}"))[1].lines() == []


def test_a_line_of_another_business_is_refused_and_nothing_is_written():
    PhoneLineFactory(number="+97233334444")
    with pytest.raises(Exception, match=r"^business\.lines\[0\]: this number belongs to another business$"):
        bring()
    assert not Business.objects.filter(slug="dana").exists()
    assert not get_user_model().objects.exists()


def test_an_import_touches_no_other_business(salon):
    other = BusinessFactory()
    LeadFactory(business=other)
    PhoneLineFactory(business=other)
    before = rows_of(other)
    bring(settings={}, services=[], resources=[])
    assert rows_of(other) == before


def test_new_people_cannot_sign_in_before_they_get_a_password(salon):
    noa = get_user_model().objects.get(username="noa")
    assert not noa.has_usable_password()
    assert Membership.objects.get(user=noa, business=salon).role == "staff"
    assert Membership.objects.get(user__username="dana").role == "owner"


def test_people_who_exist_keep_their_password():
    noa = UserFactory(username="noa")
    bring()
    noa.refresh_from_db()
    assert noa.has_usable_password()


def test_people_leave_when_the_file_names_others_but_not_when_it_names_none(salon):
    without_staff = {key: value for key, value in SALON.items() if key != "staff"}
    import_business(parse(yaml.safe_dump(without_staff, allow_unicode=True)))
    assert Membership.objects.filter(business=salon).count() == 2
    assert bring(staff=[{"username": "noa", "role": "owner"}])[1] == ["staff: 1 removed, 1 changed"]
    assert [row.user.username for row in Membership.objects.filter(business=salon)] == ["noa"]


def test_an_exported_business_imports_without_a_change(salon):
    text = export_business(salon)
    assert parse(text) == parse(text_of())
    assert import_business(parse(text))[1].lines() == []


def test_an_exported_business_can_be_made_anew(salon):
    text = export_business(salon)
    salon.delete()
    business, _ = import_business(parse(text))
    assert export_business(business) == text


def test_a_business_made_by_hand_can_be_exported():
    business = BusinessFactory(name="דנה")
    assert parse(export_business(business)).name == "דנה"


def test_limits_and_time_off_are_written_only_where_there_are_some():
    business, _ = import_business(parse("business: {slug: ruth, name: רות}\nresources: [{id: ruth, name: רות}]"))
    data = yaml.safe_load(export_business(business))
    assert not {"cancel_notice_min", "daily_limit"} & data["settings"].keys()
    assert data["resources"] == [{"id": "ruth", "name": "רות"}]


def test_time_off_of_one_resource_and_a_closure_of_the_same_date_stand_side_by_side(salon):
    with for_business(salon):
        fifth = Closure.objects.filter(on_date=dt.date(2026, 12, 5)).order_by("pk")
        assert [(row.resource and row.resource.slug, row.opens) for row in fifth] == [
            (None, None),
            ("noa", dt.time(10)),
        ]
    moved = {**SALON["resources"][1], "closures": [{"date": "2026-12-05", "reason": "חופשה"}]}
    assert bring(resources=[SALON["resources"][0], moved])[1] == ["closures: 2 removed, 1 created"]
    with for_business(salon):
        assert Closure.objects.filter(resource=None).count() == 3


# --- Commands ---
def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "dana.yaml"
    path.write_text(text_of(), encoding="utf-8")
    return path


def test_import_business_says_what_it_did_and_then_that_nothing_changed(file):
    assert run("import_business", str(file)).splitlines() == [
        "dana: imported",
        "  business: 1 created",
        "  settings: 1 created",
        "  lines: 1 created",
        "  resources: 2 created",
        "  services: 3 created, 1 given by other resources",
        "  opening hours: 4 created",
        "  closures: 5 created",
        "  faq: 1 created",
        "  users: 2 created",
        "  staff: 2 created",
    ]
    assert run("import_business", str(file)) == "dana: nothing changed\n"


def test_import_business_refuses_a_bad_file_by_path_and_writes_nothing(file):
    file.write_text(text_of(settings={"slot_size_min": 7}, faq=5), encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        run("import_business", str(file))
    assert str(refused.value).splitlines() == [
        f"{file} was refused; nothing was written.",
        "settings.slot_size_min: 7 is not a multiple of 5",
        "faq: must be a list",
    ]
    assert not Business.objects.exists()


def test_import_business_refuses_files_that_cannot_be_read(tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run("import_business", str(tmp_path / "none.yaml"))
    with pytest.raises(CommandError, match="cannot be read: Is a directory"):
        run("import_business", str(tmp_path))
    (tmp_path / "old.yaml").write_bytes("business: {name: דנה}".encode("cp1255"))
    with pytest.raises(CommandError, match="is not UTF-8 text"):
        run("import_business", str(tmp_path / "old.yaml"))


def test_a_file_with_a_byte_order_mark_is_read(file):
    file.write_text(text_of(), encoding="utf-8-sig")
    assert run("import_business", str(file)).startswith("dana: imported")


def test_export_business_writes_the_file(salon):
    assert run("export_business", "dana") == export_business(salon)
    with pytest.raises(CommandError, match="no business with the short name 'ruth'"):
        run("export_business", "ruth")


def test_create_api_token_prints_the_token_and_nothing_else():
    user = UserFactory(username="noa")
    printed = run("create_api_token", "noa")
    assert printed == Token.objects.get(user=user).key + "\n"
    assert run("create_api_token", "noa") == printed
    with pytest.raises(CommandError, match="no user named 'ruth'"):
        run("create_api_token", "ruth")


def test_create_api_token_refuses_people_who_left():
    UserFactory(username="noa", is_active=False)
    with pytest.raises(CommandError, match="not active"):
        run("create_api_token", "noa")


# --- The demo ---
@pytest.fixture
def data_folder(tmp_path, monkeypatch, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # cheap
    monkeypatch.setattr(demo.paths, "ROOT", tmp_path)
    return tmp_path / ".data"


def test_the_demo_has_a_business_and_people_who_can_sign_in(data_folder):
    people = demo.seed_demo()
    assert list(people) == ["admin", "demo_owner", "demo_staff"]
    for name, password in people.items():
        assert Client().login(username=name, password=password)
    assert get_user_model().objects.get(username="admin").is_superuser
    with for_everyone("the demo business has a line"):
        assert PhoneLine.objects.get().business.slug == "dana-salon"


def test_the_demos_passwords_are_kept_for_its_user_alone(data_folder):
    people = demo.seed_demo()
    file = data_folder / "demo_passwords.json"
    assert json.loads(file.read_text()) == people
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in data_folder.iterdir()] == ["demo_passwords.json"]


def test_seeding_again_changes_nothing(data_folder):
    people = demo.seed_demo()
    salon = Business.objects.get()
    before = rows_of(salon), list(get_user_model().objects.order_by("pk").values())
    assert demo.seed_demo() == people
    assert (rows_of(salon), list(get_user_model().objects.order_by("pk").values())) == before


def test_a_fresh_database_gets_the_kept_passwords(data_folder):
    people = demo.seed_demo()
    get_user_model().objects.all().delete()
    Business.objects.all().delete()
    assert demo.seed_demo() == people


def test_what_people_changed_in_the_demo_stays_unless_it_is_reset(data_folder):
    demo.seed_demo()
    salon = Business.objects.get()
    with for_business(salon):
        BusinessSettings.objects.update(slot_size_min=45)
    user = get_user_model().objects.get(username="demo_owner")
    user.set_password("a password of her own")
    user.save()
    assert demo.seed_demo()["demo_owner"] is None
    assert Client().login(username="demo_owner", password="a password of her own")
    with for_business(salon):
        assert BusinessSettings.objects.get().slot_size_min == 45
        demo.seed_demo(reset=True)
        assert BusinessSettings.objects.get().slot_size_min == 30


def test_an_account_that_was_there_before_keeps_its_password(data_folder):
    UserFactory(username="admin", password="its own password")
    assert demo.seed_demo()["admin"] is None
    assert not get_user_model().objects.get(username="admin").is_superuser


def test_a_broken_passwords_file_is_replaced(data_folder):
    data_folder.mkdir()
    (data_folder / "demo_passwords.json").write_text("{half")
    people = demo.seed_demo()
    assert json.loads((data_folder / "demo_passwords.json").read_text()) == people


def test_seed_demo_prints_who_can_sign_in(data_folder):
    printed = run("seed_demo")
    kept = json.loads((data_folder / "demo_passwords.json").read_text())
    assert all(f"{name:10}  {password}\n" in printed for name, password in kept.items())


@pytest.mark.parametrize("is_booked", [True, False])
def test_the_demo_call_counts_what_it_booked_and_not_what_it_held(data_folder, is_booked):
    demo.seed_demo()
    salon = Business.objects.get()
    after = last_call_id()
    CallSessionFactory(business=salon, call_sid="CA1", wrapped_up_at=NOW)
    held = {"status": "held", "held_until": NOW, "lead": None, "customer_name": "", "customer_phone": ""}
    AppointmentFactory(business=salon, call_sid="CA1", **({} if is_booked else held))
    out = io.StringIO()
    assert report(after=after, out=out) == is_booked
    assert ("No appointment came of the call." in out.getvalue()) != is_booked


def test_what_is_as_usual_about_calls_is_not_written_down():
    plain = {"business": SALON["business"], "settings": {"max_call_min": 30, "record_calls": False}}
    business, _ = import_business(parse(yaml.safe_dump(plain, allow_unicode=True)))

    text = export_business(business)

    for key in CALL_SETTINGS:
        assert key not in text
