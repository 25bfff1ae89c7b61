"""Which of a business's answers a question asks for, by its words alone: no network, no clock, no database.

`Index.of` is built once for a set of entries; `find` takes well under 5 ms for 200 of them. It is cautious: a wish to
book, a question about the caller's own appointment, and whatever no entry explains well enough, get no answer.
"""

from faq.matching.concepts import subjects_of
from faq.matching.index import Found, Index, Item, Level
from faq.matching.wishes import Wish, is_wish, wish_in

__all__ = ["Found", "Index", "Item", "Level", "Wish", "is_wish", "subjects_of", "wish_in"]
