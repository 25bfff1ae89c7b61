"""Which business the running code works for, and a guard that makes forgetting it an error.

The current business lives in a context variable, so threads, tasks and coroutines each have their own.
Edges enter it (`for_business`): HTTP middleware, sockets, Celery tasks, commands. A query on a tenant
model outside any scope raises `NoBusiness` when its SQL is about to be made; the guard sits at the
Query level because QuerySet methods are too many to wrap one by one (`async for` slips through).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from django.db import models
from django.db.models.sql import Query

if TYPE_CHECKING:
    from crm.models import Business

_ModelT = TypeVar("_ModelT", bound=models.Model)


class NoBusiness(RuntimeError):
    """A tenant model was queried while no business was current. Enter `for_business` first."""


class OtherBusiness(RuntimeError):
    """A row of one business was about to be written while another one was current."""


class _Everyone:
    """The explicit scope over all businesses."""


EVERYONE = _Everyone()
_current: ContextVar[int | _Everyone | None] = ContextVar("current_business", default=None)


def current_business_id() -> int | None:
    """Id of the current business; None outside a scope or in the scope of everyone."""
    current = _current.get()
    return current if isinstance(current, int) else None


@contextmanager
def for_business(business: Business | int) -> Iterator[None]:
    """Run the block for one business: its rows are all that tenant queries see."""
    token = _current.set(business if isinstance(business, int) else business.pk)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def for_everyone(reason: str) -> Iterator[None]:
    """Run the block across all businesses. `reason` is for the reader: why no single business is known."""
    if not reason:
        raise ValueError("for_everyone needs a reason")
    token = _current.set(EVERYONE)
    try:
        yield
    finally:
        _current.reset(token)


class _GuardedQuery(Query):
    """Refuses to become SQL. Every read and write passes one of these two methods."""

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        if self.is_empty():
            return Query.get_compiler(self, *args, **kwargs)  # .none() stays usable
        raise NoBusiness(self.model.__name__ if self.model else "")

    def chain(self, klass: Any = None) -> Any:
        if klass is not None:  # update() and delete() change the query's class
            raise NoBusiness(self.model.__name__ if self.model else "")
        return super().chain(klass)


class TenantQuerySet(models.QuerySet[_ModelT]):
    """Checks the writes that pass neither `save` nor the guarded query, and has no door to raw SQL."""

    def bulk_create(self, objs: Iterable[_ModelT], *args: Any, **kwargs: Any) -> list[_ModelT]:
        rows = list(objs)
        for row in rows:
            _check_writable(row)
        return super().bulk_create(rows, *args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        """Rows stay with their business; only the scope of everyone may move them."""
        if not kwargs.keys().isdisjoint(("business", "business_id")) and _current.get() is not EVERYONE:
            raise OtherBusiness(self.model.__name__)
        return super().update(**kwargs)

    def bulk_update(self, objs: Iterable[_ModelT], fields: Iterable[str], *args: Any, **kwargs: Any) -> int:
        rows, fields = list(objs), list(fields)
        for row in rows:
            _check_writable(row)
        return super().bulk_update(rows, fields, *args, **kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Django deletes rows that nothing refers to with a query of another class, past the guarded one."""
        if isinstance(self.query, _GuardedQuery):
            raise NoBusiness(self.model.__name__)
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]  # keeps templates from calling it, as in Django

    def raw(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NoBusiness(f"{self.model.__name__}: raw SQL knows no business")


class TenantManager(models.Manager[_ModelT]):
    """Default manager of tenant models: filtered to the current business, refusing without one."""

    def get_queryset(self) -> TenantQuerySet[_ModelT]:
        current = _current.get()
        query = _GuardedQuery(self.model) if current is None else None
        rows: TenantQuerySet[_ModelT] = TenantQuerySet(self.model, query=query, using=self._db, hints=self._hints)  # type: ignore[attr-defined]  # private manager state, as Manager itself passes it
        return rows.filter(business=current) if isinstance(current, int) else rows


def _check_writable(row: models.Model) -> None:
    current = _current.get()
    if current is None:
        raise NoBusiness(type(row).__name__)
    if isinstance(current, int) and row.business_id != current:  # type: ignore[attr-defined]  # every tenant model has it
        raise OtherBusiness(type(row).__name__)


class TenantModel(models.Model):
    """A row that belongs to one business. Saving or deleting it in another one's scope raises `OtherBusiness`."""

    business = models.ForeignKey("crm.Business", on_delete=models.CASCADE, related_name="+")

    objects = TenantManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.business_id and (current := current_business_id()) is not None:
            self.business_id = current
        _check_writable(self)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        _check_writable(self)
        return super().delete(*args, **kwargs)
