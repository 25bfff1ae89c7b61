"""Two people at one form of the admin: whoever saves second is told first, and loses nothing of what they typed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.admin.utils import unquote
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.timesince import timesince

from crm.models import SettingChange
from crm.names import name_of

SEEN = "_seen"
_STALE = 409
_MINUTE = timedelta(minutes=1)
Rows = list[tuple[Iterable[str], Iterable[models.Model]]]  # the fields of a form with the rows that it shows


class WarnsWhenStale:
    """Goes before the admin class it extends.

    A form carries a fingerprint of its row and of the rows inside it, as they were stored when it was made, and the
    moment. A POST whose fingerprint no longer fits saves nothing: the form comes back as it was filled in, with a
    warning and the present fingerprint, so that saving once more is a decision. Without one nothing is asked.
    """

    change_form_before_template = "admin/crm/_seen.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST" or object_id is None:
            return self._shown(request, super().changeform_view(request, object_id, form_url, extra_context))  # type: ignore[misc]  # of the admin class
        with transaction.atomic():
            context, fingerprint, made = extra_context or {}, "", request.POST.get(SEEN, "")
            row = self._locked(request, object_id)
            if row is not None:
                fingerprint = _fingerprint(self._stored(request, row))
                context |= {"seen": _token(fingerprint)}
            if row is None or not made or made.partition(" ")[0] == fingerprint:
                try:
                    with transaction.atomic():
                        return super().changeform_view(request, object_id, form_url, context)  # type: ignore[misc, no-any-return]  # as above
                except IntegrityError:  # a rule across rows of which the form knows only some
                    context |= {"stale": {"collides": True}}
            else:
                context |= {"stale": self._change(request, row, made.partition(" ")[2])}
            request._is_stale = True  # type: ignore[attr-defined]  # our own mark, for `get_form`
            response: HttpResponse = super().changeform_view(request, object_id, form_url, context)  # type: ignore[misc]  # as above
        response.status_code = _STALE
        return response

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A stale form is shown again as it was filled in, and nothing is saved."""
        form = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]  # of the admin class
        is_stale = getattr(request, "_is_stale", False)
        return type(form)(form.__name__, (_Unsaved, form), {}) if is_stale else form

    def _shown(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """The fingerprint of what a form shows, from the very rows it was made of."""
        context = response.context_data if isinstance(response, TemplateResponse) else None
        if context and context.get("original") is not None and context.get("has_change_permission"):
            rows: Rows = [(type(context["adminform"].form).base_fields, [context["original"]])]
            for inline in context["inline_admin_formsets"]:
                if _is_filled_in(inline.opts, request, context["original"]):
                    rows.append((inline.formset.form.base_fields, inline.formset.get_queryset()))
            context["seen"] = _token(_fingerprint(rows))
        return response

    def _locked(self, request: HttpRequest, object_id: str) -> models.Model | None:
        """The row as it is, which nobody else changes until this form is through."""
        row: models.Model | None = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]  # of the admin class
        if row is None or not self.has_change_permission(request, row):  # type: ignore[attr-defined]  # as above
            return None
        rows = type(row)._default_manager.select_for_update(no_key=True).filter(pk=row.pk)
        if not list(rows.values_list("pk")):
            return None
        return self.get_object(request, unquote(object_id))  # type: ignore[attr-defined, no-any-return]  # as above

    def _stored(self, request: HttpRequest, row: models.Model) -> Rows:
        """What a form made now would show."""
        rows: Rows = [(self.get_form(request, row, change=True).base_fields, [row])]
        for formset, inline in self._inside(request, row):
            shown = formset(instance=row, queryset=inline.get_queryset(request))
            rows.append((formset.form.base_fields, shown.get_queryset()))
        return rows

    def _inside(self, request: HttpRequest, row: models.Model) -> Iterator[tuple[Any, Any]]:
        for formset, inline in self.get_formsets_with_inlines(request, row):  # type: ignore[attr-defined]  # of the admin class
            if _is_filled_in(inline, request, row):
                yield formset, inline

    def _change(self, request: HttpRequest, row: models.Model, made: str) -> dict[str, Any]:
        """Who was quicker, and how long ago, where the history of the settings knows."""
        if not made.isascii() or not made.isdecimal() or len(made) > len("9999999999999"):
            return {}
        touches = Q(table=row._meta.db_table, row_id=row.pk)
        for formset, inline in self._inside(request, row):
            touches |= _of(row, inline.model, formset.fk.column)
        for field in row._meta.many_to_many:
            touches |= _of(row, field.remote_field.through, field.m2m_column_name())  # type: ignore[arg-type]  # no string by now
        since = datetime.fromtimestamp(int(made) / 1000, UTC)
        change = SettingChange.objects.filter(touches, at__gte=since).select_related("by").order_by("-pk").first()
        if change is None or change.by is None:
            return {}
        now = timezone.now()
        ago = timesince(min(change.at, now - _MINUTE), now, depth=1)
        return {"who": name_of(change.by), "ago": ago}


class _Unsaved:
    def is_valid(self) -> bool:
        super().is_valid()  # type: ignore[misc]  # of the form it extends
        return False


def _is_filled_in(inline: Any, request: HttpRequest, row: models.Model) -> bool:
    """Not only shown, such as a timeline, which grows with every call."""
    permissions = (inline.has_add_permission, inline.has_change_permission, inline.has_delete_permission)
    return any(may(request, row) for may in permissions)


def _of(row: models.Model, model: type[models.Model], column: str) -> Q:
    """Changes of rows that belong to this one; who is gone is known by what it was."""
    pks = list(model._default_manager.filter(**{column: row.pk}).values_list("pk", flat=True))
    went = Q(**{f"before__{column}": row.pk}) | Q(**{f"after__{column}": row.pk})
    return Q(table=model._meta.db_table) & (Q(row_id__in=pks) | went)


def _fingerprint(rows: Rows) -> str:
    """The same for the same content, whatever the order; it tells nothing of the content, which may be a secret."""
    content = [
        [[model._meta.db_table, model.pk, _plain(model, fields)] for model in sorted(found, key=lambda one: one.pk)]
        for fields, found in rows
    ]
    return salted_hmac("crm.admin.stale", json.dumps(content, default=str), algorithm="sha256").hexdigest()[:32]


def _plain(row: models.Model, fields: Iterable[str]) -> list[tuple[str, Any]]:
    values = model_to_dict(row, fields=list(fields))
    lists = {name: sorted(one.pk for one in value) for name, value in values.items() if isinstance(value, list)}
    return sorted((values | lists).items())


def _token(fingerprint: str) -> str:
    return f"{fingerprint} {time.time_ns() // 1_000_000}"
