"""The admin of booking: importing it registers the pages."""

from booking.admin import appointments, catalogue, feeds, holidays

__all__ = ["appointments", "catalogue", "feeds", "holidays"]
