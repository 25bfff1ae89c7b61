"""The admin of people: importing it registers the pages."""

from crm.admin import leads

__all__ = ["leads"]
