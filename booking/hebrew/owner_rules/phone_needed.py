"""Whether a telephone number is needed before booking: חובה טלפון, בלי מספר אין תור, לא חייבים טלפון.

Each word of a clause is of one `Kind`, and the wordings are written in the names of the kinds, one a row.
"""

from collections.abc import Iterator
from enum import StrEnum

from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.statements import statements
from booking.hebrew.owner_rules.values import Rule
from booking.hebrew.owner_rules.wordings import Shapes, Wording, name_of
from booking.hebrew.owner_rules.words import NOT, ONLY, OURS, WE, prefixed
from booking.hebrew.phrases import words_in

# Words of the unreal that also forbid: "אל תקבעי", "בלי טלפון לא יהיה תור".
_ALLOWED = words_in("אל ואל יהיה")
_BEFORE = words_in("לפני")


class Kind(StrEnum):
    """What a word is to the wordings. A clause is matched as one letter a word, these; a colon or dash is none."""

    PHONE = "P"
    THE_PHONE = "Q"
    NUMBER = "M"  # the word itself
    NOT = "N"  # no, not, forbidden
    WITHOUT = "W"
    MUST = "R"  # must, needed, to insist
    TAKE = "T"  # to take, ask for, make sure of
    GIVE = "G"  # to give, leave
    BOOKING = "B"  # appointments, and booking or confirming them
    MAY = "A"  # may, possible
    FINE = "K"  # all right, we manage
    OPTIONAL = "O"
    ONLY = "L"
    FORGET = "S"
    WITH = "I"
    WAIVE = "V"  # to do without
    MAYBE = "z"  # if, preferably: no rule
    FILLER = "f"  # changes nothing
    UNKNOWN = "x"  # any other word


# A word that stands in two rows is of the later kind.
_VOCABULARY = {
    Kind.PHONE: prefixed(words_in("טלפון נייד פלאפון סלולרי טל'"), "לבו"),
    Kind.THE_PHONE: words_in("הטלפון הנייד והטלפון"),
    Kind.NUMBER: prefixed(words_in("מספר מס'"), "לבוה"),
    Kind.NOT: NOT | words_in("אל אסור אי"),
    Kind.TAKE: prefixed(words_in(
        """לקחת לבקש לרשום לקבל לוודא תבקשי תבקש בקשי בקש תוודאי תוודא לשאול שקיבלת קיבלת שקיבלנו שלקחת קחי קח תיקחי
        תיקח לוקחים מבקשים תרשמי תקחי תקח תשאלי תשאל שאלי תרשום רשמי לברר לאמת נבקש"""), "ו"),
    Kind.GIVE: prefixed(words_in("להשאיר לתת למסור לציין להזין השאירו משאירים משאיר משאירה השארת"), "ו"),
    Kind.BOOKING: prefixed(words_in(
        """תור תורים לקבוע קובעים קובעת קובע סוגרים סוגרת סוגר לסגור נקבע נקבעים תקבעי תקבע מאשרים לאשר מזמינים להזמין
        משריינים לשריין הזמנה קביעת קביעה פגישה תסגרי תסגור תאשרי תאשר רושמים מכניסים נרשם יירשם תקף נסגר תקבעו
        תסגרו יהיה תורין"""), "הולבש"),
    Kind.MAY: words_in("אפשר ניתן מותר אפשרי יכול יכולה יכולים"),
    Kind.FINE: words_in("בסדר סבבה טוב נורא מסתדרים נסתדר מקובל"),
    Kind.OPTIONAL: words_in("אופציונלי אופציונאלי רשות לבחירה בחירה אופציה"),
    Kind.ONLY: ONLY,
    Kind.FILLER: WE | OURS | prefixed(words_in(
        """תמיד מכל לכל כל לפני יש שם ושם מלא ומלא של הלקוח הלקוחה לקוח לקוחה לקוחות מתקשר מישהו גם את זה הוא להקפיד
        אצלנו לנו כדי ש נא בבקשה חוזר לחזרה אחד אף שום ליצירת קשר תקין עדכני לאישור לתיאום המתקשר ב ל היא מהלקוח
        מהם מה מאוד ממש כן בשביל שיש להיות על אחרי מקבל מקבלת מי לעולם מכולם תדאגי תדאג אותנו אותי חשוב לו להם כתובת
        וכתובת ומייל ואימייל"""), "ו"),
    Kind.FORGET: words_in("לשכוח תשכחי תשכח שוכחים"),
    Kind.WITH: words_in("עם"),
    Kind.WAIVE: words_in("לוותר מוותרים מוותרת"),
    Kind.MAYBE: words_in("אם במידה כשיש אולי רצוי כדאי עדיף"),
    Kind.WITHOUT: words_in("בלי ללא ובלי וללא שבלי מבלי"),
    Kind.MUST: words_in("חובא") | prefixed(words_in(
        """חובה חייב חייבת חייבים חייבות צריך צריכים צריכה נדרש נדרשים דרוש דרושים מחויב מחייב מחייבים הכרחי מוכרח
        מוכרחים נחוץ מעניין דרישה תנאי מותנה מותנית חובת להתעקש מתעקשים דורשים דורש דורשת דורשות הכרח צורך
        לדרוש"""), "וש"),
}  # fmt: skip  # a table
_KIND_OF = {word: kind for kind, words in _VOCABULARY.items() for word in words}
# A sentence with none of them is not looked into.
_TELLING = frozenset((Kind.PHONE, Kind.THE_PHONE, Kind.NUMBER))

NOT_BEFORE = (
    Wording("not_before", "not [filler booking]{1,6} take? telephone", "לא לקבוע תור לפני שיש טלפון"),
)  # fmt: skip  # a table
# These hold a negation of their own.
NEVER_WITHOUT = (
    Wording("never_without", "not [filler booking may]{1,5} without [take give]? (?: telephone | number) done",
            "לא קובעים בלי טלפון"),
    Wording("without_none", "without (?: telephone | number) filler{0,2} not (?! [filler may]? [fine must waive may])",
            "בלי מספר אין תור"),
    Wording("not_booked_without",
            "not [filler booking may unknown]{0,3} booking [filler booking may]{0,3} without [take give]? telephone",
            "אין לקבוע תור בלי טלפון של הורה"),
    Wording("nobody_without", "not [filler booking may unknown]{1,5} without [take give]? number filler? phone",
            "לא נקבל אף אחד בלי מספר טלפון"),
    Wording("not_given", "not [take give] telephone not [filler booking may]{0,3} booking",
            "לא השאירו טלפון לא קובעים"),
)  # fmt: skip  # a table
NOT_NEEDED = (
    Wording("not_required", "not filler{0,2} must filler{0,3} [take give]? filler{0,3} asked", "לא חייבים מספר טלפון"),
    Wording("not_asked", "not filler{0,2} take filler{0,3} asked", "לא לבקש טלפון"),
    Wording("no_number_required", "not must filler{0,2} [take give] number $", "לא חייבים לתת מספר"),
    Wording("phone_not_required", "(?: telephone | the_phone filler?) filler{0,3} not filler? must", "טלפון לא חובה"),
    Wording("may_without",
            "(?<! not) may [filler booking may]{0,4} without [take give]? (?: telephone | number $) done",
            "אפשר לקבוע בלי טלפון"),
    Wording("fine_without", "without telephone filler{0,3} not? [fine may]", "בלי טלפון זה בסדר"),
    Wording("optional", "(?: telephone | give phone) filler{0,3} optional", "טלפון הוא רשות"),
    Wording("waived", "(?<! not) (?: may | ^) waive filler? telephone", "אפשר לוותר על טלפון"),
    Wording("no_phone_may_book", "not filler? telephone filler{0,2} may booking", "אין טלפון גם אפשר לקבוע"),
    Wording("booked_without", "^ [may booking]{1,3} filler without telephone $", "קובעים גם בלי טלפון"),
)  # fmt: skip  # a table
# The first that fits anywhere counts, and none with a negation up to its end.
NEEDED = (
    Wording("required", "must filler{0,3} [take give]? filler{0,4} asked", "חובה מספר טלפון"),
    Wording("number_taken", "take filler{0,4} number filler? phone", "דחוף לבקש מספר טלפון"),
    Wording("phone_required", "(?: telephone | the_phone) filler{0,4} must", "טלפון זה חובה"),
    Wording("taken", "^ [filler booking]* take filler{0,4} telephone done", "תמיד לבקש טלפון"),
)  # fmt: skip  # a table
# After those of `NEEDED`, the one that stands first.
BOOKED_WITH = (
    Wording("only_with", "only filler? with telephone done", "רק עם טלפון"),
    Wording("booked_taking", "booking [filler only]{0,3} take telephone done", "המזכירה קובעת ולוקחים טלפון"),
    Wording("with_only", "with telephone only", "עם טלפון בלבד"),
)  # fmt: skip  # a table
_SHAPES = Shapes(
    Kind,
    telephone="(?: number? filler? phone [number phone]? | number the_phone)",
    done="(?= [filler booking must may fine optional not take only]{0,8} $)",
    asked="(?: number filler? phone | telephone done)",
)
_NOT_BEFORE = _SHAPES.first_of(*NOT_BEFORE)
_NEVER_WITHOUT = _SHAPES.first_of(*NEVER_WITHOUT)
_NOT_NEEDED = _SHAPES.first_of(*NOT_NEEDED)
_NEEDED = (*(_SHAPES.first_of(wording) for wording in NEEDED), _SHAPES.first_of(*BOOKED_WITH))


def read_phone_needed(said: Sentence) -> list[Rule]:
    """What the sentence's clauses say of it, in order."""
    return [rule for _, rule in worded(said)]


def worded(said: Sentence) -> Iterator[tuple[str, Rule]]:
    """Each statement, with the name of its wording."""
    if not any(_KIND_OF.get(token.key) in _TELLING for token in said.tokens):
        return
    for start, end in statements(said, allowed=_ALLOWED):
        tokens = said.tokens[start:end]
        letters = "".join(
            _KIND_OF.get(token.key, Kind.UNKNOWN) for token in tokens if token.kind not in ("dash", "colon")
        )
        read = _not_before(letters) if any(token.key in _BEFORE for token in tokens) else None
        read = read or _needed(letters)
        if read is not None:
            name, needed = read
            yield name, Rule("require_phone", needed, said.clause_quote(start, end))


def _not_before(letters: str) -> tuple[str, bool] | None:
    """With "before" among the words: not before there is one."""
    match = _NOT_BEFORE.search(letters)
    return None if match is None else (name_of(match), True)


def _needed(letters: str) -> tuple[str, bool] | None:
    """The wording and whether a number is needed."""
    if Kind.MAYBE in letters:
        return None
    letters = letters.replace(Kind.NOT + Kind.FORGET, Kind.FILLER)  # not to forget
    for pattern, needed in ((_NEVER_WITHOUT, True), (_NOT_NEEDED, False)):
        if (match := pattern.search(letters)) is not None:
            return name_of(match), needed
    match = next((match for pattern in _NEEDED if (match := pattern.search(letters))), None)
    return None if match is None or Kind.NOT in letters[: match.end()] else (name_of(match), True)
