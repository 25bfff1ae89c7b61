"""Small parts that every page draws: icons, meters, and addresses that keep their filters."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=1024)  # a long list draws hundreds, of a few dozen kinds
def icon(name: str, extra: str = "") -> SafeString:
    """A symbol of `static/icons.svg`; purely visual. `extra`: s small, flip mirrored in Hebrew."""
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="{}#{}"></use></svg>', extra, static("icons.svg"), name
    )


@register.simple_tag
def meter(value: float, whole: float = 100) -> SafeString:
    """How much of the whole, as a bar that starts where the line starts."""
    share = max(0.0, min(1.0, value / whole)) if whole else 0.0
    return format_html(
        '<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect height="6" width="{}" x="{}"></rect></svg>',
        round(share * 100, 1),
        round(100 - share * 100, 1),
    )


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: object) -> str:
    """The present address's query with these keys set, or taken out where empty; always begins with `?`.

    `page` is dropped unless it is set: another filter begins at the first page.
    """
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    query.pop("page", None)
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


_SHORT_DAYS = (
    gettext_noop("Sun."),
    gettext_noop("Mon."),
    gettext_noop("Tue."),
    gettext_noop("Wed."),
    gettext_noop("Thu."),
    gettext_noop("Fri."),
    gettext_noop("Sat."),
)


@register.filter
def short_day(value: date) -> str:
    """The day of the week in short; of a moment, give the local one."""
    return gettext(_SHORT_DAYS[value.isoweekday() % 7])
