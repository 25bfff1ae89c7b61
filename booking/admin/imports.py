"""Appointments as a file."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.imports import COLUMNS, HEADINGS, MAX_ROWS, appointment_cells, import_appointments
from crm.admin.imports import Carried, CarriedAdmin, OutsideRulesForm
from crm.imports import Report
from crm.models import Business
from crm.tables import Row


class AppointmentTables(CarriedAdmin):
    """A row of a file books as a member of the staff would; an owner may also book against the business's own rules."""

    file_form = OutsideRulesForm
    carried = Carried(
        kind="appointments",
        title=_("appointments"),
        columns=COLUMNS,
        headings=HEADINGS,
        example="תאריך,שעה,שם,טלפון,שירות,אצל",
        cells=appointment_cells,
        max_rows=MAX_ROWS,
    )

    def run_import(
        self, rows: Sequence[Row], *, business: Business, by: User, choices: dict[str, bool], **how: bool
    ) -> Report:
        outside = choices.get("outside_rules", False)
        return import_appointments(rows, business=business, by=by, now=timezone.now(), outside_rules=outside, **how)
