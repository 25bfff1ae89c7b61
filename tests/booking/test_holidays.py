"""Holidays: what the calendar says, what is proposed, what the owner decided, and what that does to the slots."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from booking.holidays import approve, proposal, withdraw
from booking.holy_days import Kind, of_year
from booking.models import Holiday, OpeningHours
from booking.services import effective_policy, explain, find_slots
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.factories import BusinessFactory, ClosureFactory, OpeningHoursFactory, ResourceFactory

ISRAEL = ZoneInfo("Asia/Jerusalem")
SPRING = datetime(2026, 3, 20, 8, tzinfo=ISRAEL)
PESACH_EVE, PESACH, CHOL_HAMOED = date(2026, 4, 1), date(2026, 4, 2), date(2026, 4, 5)
LAST_EVE, LAST_DAY = date(2026, 4, 7), date(2026, 4, 8)


@pytest.fixture
def garage(db: None) -> Business:
    """Open Sunday to Thursday 10:00–20:00, Friday 09:00–12:00, by Israel's calendar."""
    business = BusinessFactory(slug="garage", with_settings__holidays_calendar="IL")
    ResourceFactory(business=business, slug="lift")
    for weekday in range(5):
        OpeningHoursFactory(business=business, weekday=weekday, opens=time(10), closes=time(20))
    OpeningHoursFactory(business=business, weekday=5, opens=time(9), closes=time(12))
    return business


def offered(business: Business, day: date) -> list[str]:
    found = find_slots(business=business, date=day, now=SPRING)
    assert found.ok
    return [f"{slot.start:%H:%M}" for slot in found.slots]  # type: ignore[union-attr]  # it was found


def names(kind: Kind, year: int) -> list[tuple[date, str]]:
    return [(day.on_date, day.name) for day in of_year("IL", year) if day.kind is kind]


# --- the calendar -------------------------------------------------------------------------------------
def test_the_public_holidays_of_a_year():
    assert names(Kind.PUBLIC, 2026) == [
        (date(2026, 4, 2), "פסח"),
        (date(2026, 4, 8), "שביעי של פסח"),
        (date(2026, 4, 22), "יום העצמאות"),
        (date(2026, 5, 22), "שבועות"),
        (date(2026, 9, 12), "ראש השנה"),
        (date(2026, 9, 13), "ראש השנה"),
        (date(2026, 9, 21), "יום כיפור"),
        (date(2026, 9, 26), "סוכות"),
        (date(2026, 10, 3), "שמחת תורה/שמיני עצרת"),
    ]


def test_the_day_before_each_holiday_is_an_eve_unless_it_is_one_itself():
    assert names(Kind.EVE, 2026) == [
        (date(2026, 4, 1), "ערב פסח"),
        (date(2026, 4, 7), "ערב שביעי של פסח"),
        (date(2026, 4, 20), "ערב יום הזיכרון"),
        (date(2026, 4, 21), "יום הזיכרון"),
        (date(2026, 5, 21), "ערב שבועות"),
        (date(2026, 9, 11), "ערב ראש השנה"),
        (date(2026, 9, 20), "ערב יום כיפור"),
        (date(2026, 9, 25), "ערב סוכות"),
        (date(2026, 10, 2), "הושענא רבה (ערב שמחת תורה)"),
    ]


def test_no_date_is_two_holy_days_in_any_year():
    for year in range(2020, 2050):
        days = [day.on_date for day in of_year("IL", year)]
        assert days == sorted(set(days))
        assert {day.year for day in days} == {year}


def test_other_calendars_have_their_public_holidays_and_unknown_ones_none():
    assert date(2026, 12, 25) in [day.on_date for day in of_year("DE", 2026)]
    assert of_year("ZZ", 2026) == ()


# --- the yearly proposal ------------------------------------------------------------------------------
def test_nothing_of_a_proposal_is_in_force_before_the_owner_approves(garage: Business):
    proposed = {
        day.on_date: (day.treatment, day.is_decided) for day in proposal(garage, first=PESACH_EVE, last=LAST_DAY)
    }
    assert proposed[PESACH_EVE] == ("friday", False)
    assert proposed[PESACH] == ("closed", False)
    assert proposed[CHOL_HAMOED] == ("ordinary", False)
    assert len(offered(garage, PESACH)) == 10


def test_an_approved_proposal_closes_holidays_and_gives_eves_the_hours_of_friday(garage: Business):
    approve(garage, {day.on_date: day.treatment for day in proposal(garage, first=PESACH_EVE, last=LAST_DAY)})
    assert offered(garage, PESACH_EVE) == ["09:00", "10:00", "11:00"]
    assert offered(garage, PESACH) == offered(garage, LAST_DAY) == []
    assert len(offered(garage, CHOL_HAMOED)) == 10
    why = explain(business=garage, start=datetime(2026, 4, 2, 12, tzinfo=ISRAEL), now=SPRING)
    assert (why.code, why.rule, why.source) == ("closed_day", "closure", "closures")
    assert why.message == "סגור ביום חמישי 2/4/2026 (פסח)."


def test_the_owner_treats_each_day_as_they_like_and_may_think_again(garage: Business):
    approve(garage, {PESACH: "ordinary", CHOL_HAMOED: "friday", PESACH_EVE: "closed"})
    assert len(offered(garage, PESACH)) == 10
    assert offered(garage, CHOL_HAMOED) == ["09:00", "10:00", "11:00"]
    assert offered(garage, PESACH_EVE) == []
    approve(garage, {PESACH: "closed"})
    assert offered(garage, PESACH) == []
    assert withdraw(garage, first=PESACH_EVE, last=LAST_DAY) == 3
    assert len(offered(garage, PESACH)) == 10


def test_next_year_is_proposed_as_this_year_was_treated(garage: Business):
    approve(garage, {CHOL_HAMOED: "friday"})
    autumn = {day.on_date: day.treatment for day in proposal(garage, first=date(2026, 9, 1), last=date(2026, 10, 31))}
    assert autumn[date(2026, 9, 28)] == "friday"
    assert autumn[date(2026, 9, 21)] == "closed"


def test_a_date_without_a_holiday_or_a_made_up_treatment_is_refused_and_nothing_is_kept(garage: Business):
    for treatments in ({PESACH: "closed", date(2026, 4, 14): "closed"}, {PESACH: "half"}):
        with pytest.raises(ValueError, match="no such"):
            approve(garage, treatments)
    with for_business(garage):
        assert not Holiday.objects.exists()


# --- the standing approval, and what goes before it ---------------------------------------------------
@pytest.fixture
def closed_every_year(garage: Business) -> Business:
    with for_business(garage):
        BusinessSettings.objects.update(holidays_closed=True)
    return garage


def test_a_standing_approval_closes_the_holidays_of_every_year(closed_every_year: Business):
    assert offered(closed_every_year, PESACH) == []
    assert offered(closed_every_year, PESACH_EVE) == ["09:00", "10:00", "11:00"]
    assert len(offered(closed_every_year, CHOL_HAMOED)) == 10
    later = effective_policy(closed_every_year, now=datetime(2029, 1, 1, tzinfo=ISRAEL))
    assert later.day_names[date(2029, 9, 10)] == "ראש השנה"


def test_a_decision_on_a_date_goes_before_the_standing_one_and_a_closure_before_both(closed_every_year: Business):
    approve(closed_every_year, {PESACH: "ordinary"})
    assert len(offered(closed_every_year, PESACH)) == 10
    ClosureFactory(business=closed_every_year, on_date=PESACH, opens=time(18), closes=time(20))
    assert offered(closed_every_year, PESACH) == ["18:00", "19:00"]


def test_an_eve_is_told_by_its_name(garage: Business):
    approve(garage, {PESACH_EVE: "friday"})
    why = explain(business=garage, start=datetime(2026, 4, 1, 15, tzinfo=ISRAEL), now=SPRING)
    assert (why.rule, why.source) == ("special_hours", "closures")
    assert why.message == "מחוץ לשעות הפתיחה (09:00–12:00) (ערב פסח)."
    with for_business(garage):
        OpeningHours.objects.filter(weekday=5).delete()
    why = explain(business=garage, start=datetime(2026, 4, 1, 15, tzinfo=ISRAEL), now=SPRING)
    assert (why.code, why.rule, why.message) == ("closed_day", "closure", "סגור ביום רביעי 1/4/2026 (ערב פסח).")


def test_an_eve_opens_no_day_that_is_ordinarily_closed(closed_every_year: Business):
    with for_business(closed_every_year):
        closed_every_year.settings.refresh_from_db()
    approve(closed_every_year, {date(2026, 4, 4): "friday"})  # a Saturday
    assert offered(closed_every_year, date(2026, 4, 4)) == []


def test_holidays_of_one_business_are_not_those_of_another(garage: Business, other_salon: Business):
    approve(garage, {PESACH: "closed"})
    assert proposal(other_salon, first=PESACH, last=PESACH) == []
    assert len(offered(other_salon, PESACH)) == 10
