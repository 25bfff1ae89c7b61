"""What the numbers of a business's settings may be: for the models, files, forms and sentences that speak of them."""

from __future__ import annotations

from typing import Final

SLOT_SIZES_MIN: Final = range(5, 481, 5)
WINDOW_DAYS: Final = range(1, 731)
NOTICE_MIN: Final = range(60 * 24 * 60 + 1)  # of bookings, and of cancellations
DAILY_LIMITS: Final = range(1, 1001)
CALL_LENGTHS_MIN: Final = range(2, 121)
CALL_COSTS_CENTS: Final = range(5, 10_001)
BARGE_IN_LEVELS: Final = range(50, 5001)  # RMS on the 16-bit scale
PATIENCE_MS: Final = range(200, 2001)
RECORDINGS_KEPT_DAYS: Final = range(1, 3651)
YEARS: Final = range(1900, 9001)  # of dates that people write; beyond them a day has no neighbours
