"""Who serves, when, and what has been booked."""

from booking.models.appointments import Appointment, AppointmentChange, KeptAnswer
from booking.models.catalogue import FILE_ID, Resource, Service
from booking.models.feeds import CalendarFeed
from booking.models.hours import Closure, Holiday, OpeningHours, OwnerRule, Weekday, week_minutes

__all__ = [
    "FILE_ID",
    "Appointment",
    "AppointmentChange",
    "CalendarFeed",
    "Closure",
    "Holiday",
    "KeptAnswer",
    "OpeningHours",
    "OwnerRule",
    "Resource",
    "Service",
    "Weekday",
    "week_minutes",
]
