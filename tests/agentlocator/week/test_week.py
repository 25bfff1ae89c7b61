"""Dana sets her week; Noa reads it."""

from __future__ import annotations

import datetime as dt
from datetime import time

import pytest
import time_machine
from django.test import Client

from booking.models import OpeningHours
from crm.models import Business, BusinessSettings, Role, SettingChange
from crm.tenancy import for_business
from tests.support.factories import (
    NOW,
    AppointmentFactory,
    BusinessFactory,
    OpeningHoursFactory,
    ResourceFactory,
    ServiceFactory,
)
from tests.support.pages import fields_of, signed_in, text_of


@pytest.fixture
def salon(transactional_db: None) -> Business:  # what one transaction writes is one save
    business: Business = BusinessFactory(slug="dana", with_settings=True)
    ResourceFactory(business=business, slug="noa", name="נועה")
    for weekday in range(5):
        OpeningHoursFactory(business=business, weekday=weekday, opens=time(10), closes=time(20))
    return business


@pytest.fixture
def dana(salon: Business) -> Client:
    return signed_in(salon, first_name="דנה", last_name="מזרחי")


def week_of(salon: Business) -> list[str]:
    with for_business(salon):
        rows = OpeningHours.objects.filter(resource=None)
        return [f"{row.weekday} {row.opens:%H:%M}–{row.closes:%H:%M}" for row in rows]


def window_of(fields: dict[str, str], weekday: int, *, empty: bool = False) -> str:
    """Prefix of a weekday's stored or empty window."""
    names = [
        name.removesuffix("-weekday")
        for name, value in fields.items()
        if name.endswith("-weekday") and value == str(weekday)
    ]
    return next(name for name in names if bool(fields[f"{name}-opens"]) is not empty)


def typed(dana: Client, weekday: int, opens: str, closes: str, *, empty: bool = False) -> dict[str, str]:
    fields = fields_of(dana.get("/hours/"))
    window = window_of(fields, weekday, empty=empty)
    return fields | {f"{window}-opens": opens, f"{window}-closes": closes}


def test_a_break_on_tuesday_is_saved_and_said(salon, dana):
    fields = typed(dana, 2, "10:00", "14:00")
    more = window_of(fields, 2, empty=True)

    page = text_of(dana.post("/hours/", fields | {f"{more}-opens": "16:00", f"{more}-closes": "20:00"}, follow=True))

    assert "נשמר." in page
    assert [window for window in week_of(salon) if window[0] == "2"] == ["2 10:00–14:00", "2 16:00–20:00"]
    assert "16:00–20:00" in page  # in the sentence that the assistant will say


def test_windows_that_overlap_are_named_and_nothing_is_saved(salon, dana):
    fields = typed(dana, 2, "13:00", "21:00", empty=True)

    answer = dana.post("/hours/", fields)

    assert answer.status_code == 422
    assert "חופפים. אפשר לאחד אותם או לשנות שעה." in text_of(answer)
    assert fields_of(answer)[f"{window_of(fields_of(answer), 2)}-opens"] in ("10:00", "13:00")
    assert len(week_of(salon)) == 5


def test_an_hour_that_is_none_is_refused_at_its_day(salon, dana):
    answer = dana.post("/hours/", typed(dana, 1, "25:99", "20:00"))

    assert answer.status_code == 422
    assert "25:99" in answer.content.decode()
    assert week_of(salon)[1] == "1 10:00–20:00"


def test_undo_brings_the_old_week_back(salon, dana):
    before = week_of(salon)
    fields = typed(dana, 2, "12:00", "14:00")
    answer = dana.post("/hours/", fields)
    with for_business(salon):
        save = SettingChange.objects.order_by("-pk").first()
    assert answer.status_code == 302

    dana.post(f"/history/{save.transaction}/undo/")

    assert week_of(salon) == before


def test_a_preview_saves_nothing_and_names_who_falls_out(salon, dana):
    cut = ServiceFactory(business=salon, name="תספורת", duration_min=60)
    next_tuesday = NOW + dt.timedelta(days=7, hours=5)  # 15:00 in Israel
    AppointmentFactory(
        business=salon,
        service=cut,
        starts_at=next_tuesday,
        ends_at=next_tuesday + dt.timedelta(hours=1),
        customer_name="גיל רונן",
    )
    with time_machine.travel(NOW, tick=False):
        page = text_of(dana.post("/hours/preview/", typed(dana, 2, "10:00", "14:00")))

    assert "תור אחד מחוץ לשעות החדשות גיל רונן, תספורת" in page
    assert "שלישי 10:00–14:00" in page
    assert week_of(salon)[2] == "2 10:00–20:00"


def test_always_open_keeps_the_hours(salon, dana):
    page = text_of(dana.post("/hours/", fields_of(dana.get("/hours/")) | {"allow_24_7": "on"}, follow=True))

    assert "פתוח כל יום, 24 שעות ביממה" in page
    with for_business(salon):
        assert BusinessSettings.objects.get().allow_24_7
    assert len(week_of(salon)) == 5


def test_a_stale_form_warns_and_keeps_what_was_typed(salon, dana):
    mine = typed(dana, 2, "11:00", "15:00")
    rival = signed_in(salon, first_name="נועה", last_name="כהן")
    rival.post("/hours/", typed(rival, 3, "08:00", "12:00"))

    answer = dana.post("/hours/", mine)

    assert answer.status_code == 409
    assert "על ידי נועה כהן" in text_of(answer)
    assert "11:00" in fields_of(answer).values()
    assert week_of(salon)[2:4] == ["2 10:00–20:00", "3 08:00–12:00"]

    dana.post("/hours/", fields_of(answer))  # knowing of it

    assert week_of(salon)[2:4] == ["2 11:00–15:00", "3 10:00–20:00"]


def test_a_stale_form_whose_rows_are_gone_can_still_be_saved(salon, dana):
    mine = typed(dana, 2, "11:00", "15:00")
    with for_business(salon):
        OpeningHours.objects.all().delete()

    answer = dana.post("/hours/", mine)
    assert answer.status_code == 409
    dana.post("/hours/", fields_of(answer))

    assert week_of(salon)[2] == "2 11:00–15:00"
    assert len(week_of(salon)) == 5


@pytest.mark.parametrize("total", ["", "x", "-1", "9999", "10000000000"])
def test_a_form_that_cannot_be_read_changes_nothing(salon, dana, total):
    fields = fields_of(dana.get("/hours/")) | {"openinghours-TOTAL_FORMS": total}

    assert dana.post("/hours/", fields).status_code == 422
    assert len(week_of(salon)) == 5


def test_staff_read_and_do_not_write(salon, dana):
    noa = signed_in(salon, Role.STAFF)
    fields = typed(dana, 2, "12:00", "14:00")

    assert "10:00" in noa.get("/hours/").content.decode()
    assert noa.post("/hours/", fields).status_code == 403
    assert noa.post("/hours/preview/", fields).status_code == 403
    assert week_of(salon)[2] == "2 10:00–20:00"


def test_rows_of_another_business_are_out_of_reach(salon, dana):
    ruth = BusinessFactory(slug="ruth", with_settings=True)
    theirs = OpeningHoursFactory(business=ruth, weekday=2, opens=time(8), closes=time(9))
    fields = fields_of(dana.get("/hours/"))
    window = window_of(fields, 2)

    dana.post(
        "/hours/", fields | {f"{window}-id": str(theirs.pk), f"{window}-opens": "01:00", f"{window}-closes": "02:00"}
    )

    assert week_of(ruth) == ["2 08:00–09:00"]
