"""The admin of booking: importing it registers the pages."""

from booking.admin import appointments, catalogue

__all__ = ["appointments", "catalogue"]
