"""`make bench-pages`: lists and searches of a business with 200,000 customers and calls and 2,000,000 transcript lines.

ROWS=0.1 makes a tenth of it. Each page is asked for by the test client, in one process with the database beside it.
Exit code 1 if a page failed.
"""

from __future__ import annotations

import os
import re
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

from agentlocator.runtime.errors import RuntimeProblem
from benchmarks import figures, world
from benchmarks.figures import percentile, percentiles

ROUNDS = 40
DESIGN_MS = 200
PAGES = {
    "home": "/",
    "calls": "/calls/",
    "calls, further": "",  # the address of the second page is read off the first
    "calls, booked": "/calls/?show=booked",
    "calls, that need attention": "/calls/?show=attention",
    "calls, a month": "/calls/?period=month",
    "calls, a name": "/calls/?q=דנה לוי",
    "calls, a number": "/calls/?q=052-000-0147",
    "calls, a rare word": "/calls/?q=החלקה אורגנית",
    "calls, a common word": "/calls/?q=תספורת",
    "customers, list": "/leads/?view=list",
    "customers, a stage": "/leads/?view=list&stage=booked",
    "customers, a name": "/leads/?view=list&q=נועה כהן",
    "customers, a number": "/leads/?view=list&q=0520000147",
    "customers, overdue": "/leads/?view=list&due=overdue",
    "customers, board": "/leads/board/",
    "search everywhere": "/search/?q=החלקה אורגנית",
    "search, a number": "/search/?q=0520000147",
    "follow-ups": "/follow-ups/",
    "calendar": "/calendar/",
    "live": "/calls/live/",
    "insights, counted anew": "/insights/",
    "history": "/history/",
    "a call": "/calls/CAlarge{business:04d}00000500/",
    "a customer": "/leads/{lead}/",
}


def main() -> int:
    warnings.filterwarnings("ignore", "No directory at", UserWarning)  # nothing is collected here, and none is served
    try:
        with world.servers():
            world.furnish()
            return _run()
    except RuntimeProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run() -> int:
    from django.test import Client  # noqa: PLC0415  # Django is set up by now
    from django.test.utils import setup_test_environment  # noqa: PLC0415  # as above
    from django.utils import timezone  # noqa: PLC0415  # as above

    from agentlocator.large_seed import Amounts, seed_large  # noqa: PLC0415  # as above

    setup_test_environment(debug=False)
    share = float(os.environ.get("ROWS") or 1)
    amounts = Amounts(**{name: max(100, round(count * share)) for name, count in vars(Amounts()).items()})
    began = time.monotonic()
    business = seed_large(slug="large", amounts=amounts, now=timezone.now(), tell=figures.note)
    _analyze()
    figures.note(f"{time.monotonic() - began:.0f} s to make them.")
    client = Client()
    client.force_login(_owner_of(business))
    lead = _any_lead(business)
    figures.heading("Pages of a large business")
    rows, failed = [], False
    for name, address in PAGES.items():
        address = address.format(business=business.pk, lead=lead) if address else _further(client)
        found = _timed(client, address)
        failed = failed or found is None
        rows.append([name, *(found or ["-", "-", "failed", "-"])])
    figures.table(["", "p50", "p95 ms", "design", "queries"], rows)
    figures.note(f"{ROUNDS} rounds each. (design: p95 <= {DESIGN_MS} ms)")
    return int(failed)


def _owner_of(business: Any) -> Any:
    from django.contrib.auth.models import User  # noqa: PLC0415  # as above

    from crm.models import Membership, Role  # noqa: PLC0415  # as above

    user = User.objects.create_user("owner-of-large")
    Membership.objects.create(user=user, business=business, role=Role.OWNER)
    return user


def _any_lead(business: Any) -> int:
    from crm.models import Lead  # noqa: PLC0415  # as above
    from crm.tenancy import for_business  # noqa: PLC0415  # as above

    with for_business(business):
        return int(Lead.objects.order_by("pk").values_list("pk", flat=True)[50])


def _analyze() -> None:
    """As autovacuum does in production within a minute."""
    from django.db import connection  # noqa: PLC0415  # as above

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _further(client: Any) -> str:
    """The address behind "50 more"."""
    page = client.get("/calls/").content.decode()
    found = re.search(r'href="/calls/(\?[^"]*after=[^"]*)"', page)
    return "/calls/" + (found[1].replace("&amp;", "&") if found else "")


def _timed(client: Any, address: str) -> list[str] | None:
    """p50 and p95 in milliseconds, whether the design's limit is kept, and queries; None where the page fails."""
    from django.core.cache import cache  # noqa: PLC0415  # as above
    from django.db import connection  # noqa: PLC0415  # as above

    queries = 0

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    with connection.execute_wrapper(count):
        if client.get(address).status_code != 200:
            return None
    spans = []
    for _ in range(ROUNDS):
        if "insights" in address:
            cache.clear()  # else it is counted every ten minutes only
        began = time.perf_counter()
        client.get(address)
        spans.append((time.perf_counter() - began) * 1000)
    kept = "kept" if percentile(spans, 95) <= DESIGN_MS else "missed"
    return [*percentiles(spans, 50, 95), kept, str(queries)]


if __name__ == "__main__":
    sys.exit(main())
