"""Where a list goes on, and whose ids are ids: the keys of rows are of eight bytes."""

from __future__ import annotations

import pytest

from crm.places import place_at, split_place
from crm.row_ids import id_in
from tests.support.factories import NOW

LARGEST = 2**63 - 1


@pytest.mark.parametrize("pk", [1, 999_999_999, 1_000_000_000, 10**18, LARGEST])
def test_a_list_goes_on_after_any_row(pk: int) -> None:
    assert split_place(place_at(NOW, pk)) == (NOW, pk)
    assert id_in(str(pk)) == pk


@pytest.mark.parametrize("text", ["", "-1", "1.5", "x", "٣", "²", str(LARGEST + 1), "9" * 5000])
def test_what_no_row_can_have_is_no_id(text: str) -> None:
    assert id_in(text) is None
    assert split_place(f"{NOW.isoformat()}_{text}") == (NOW, None)
