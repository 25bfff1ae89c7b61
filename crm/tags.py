"""Words of the business's own on its customers. A tag exists from its first use."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from crm.models import Business, Lead, LeadTag, Tag

LONGEST: int = Tag._meta.get_field("name").max_length or 0
OFFERED = 200  # in lists to choose from


def tags_in_use() -> QuerySet[Tag]:
    """Those that somebody has, by name; a tag taken from its last customer is offered no more."""
    return Tag.objects.filter(Exists(LeadTag.objects.filter(tag=OuterRef("pk"))))


def tag_named(*, business: Business, name: str) -> Tag:
    """The tag of this name, in whatever case it was first written; a new one if there is none."""
    known = Tag.objects.filter(business=business, name__iexact=name).first()
    return known or Tag.objects.get_or_create(business=business, name=name)[0]


def tags_named(*, business: Business, names: Iterable[str]) -> dict[str, Tag]:
    """Many at once, by their names in small letters."""
    wanted = {name.casefold(): name for name in names}
    known = {tag.name.casefold(): tag for tag in Tag.objects.filter(business=business)} if wanted else {}
    missing = [Tag(business=business, name=name) for folded, name in wanted.items() if folded not in known]
    Tag.objects.bulk_create(missing, ignore_conflicts=True)
    if missing:
        known = {tag.name.casefold(): tag for tag in Tag.objects.filter(business=business)}
    return {folded: known[folded] for folded in wanted}


@transaction.atomic
def add_tag(*, business: Business, tag: Tag, pks: Collection[int]) -> list[int]:
    """Put the tag on these customers; who had it already is not in the answer."""
    leads = Lead.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
    have = set(LeadTag.objects.filter(tag=tag, lead__in=pks).values_list("lead_id", flat=True))
    fresh = [pk for pk in leads.values_list("pk", flat=True) if pk not in have]
    LeadTag.objects.bulk_create(
        [LeadTag(business=business, lead_id=pk, tag=tag) for pk in fresh], ignore_conflicts=True
    )
    return fresh


@transaction.atomic
def remove_tag(*, tag: Tag, pks: Collection[int]) -> list[int]:
    """Take the tag from these customers; who did not have it is not in the answer."""
    rows = LeadTag.objects.select_for_update().filter(tag=tag, lead__in=pks).order_by("lead_id")
    had = list(rows.values_list("lead_id", flat=True))
    LeadTag.objects.filter(tag=tag, lead__in=had).delete()
    return had
