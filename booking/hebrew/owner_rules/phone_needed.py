"""Whether a telephone number is needed before booking: חובה טלפון, בלי מספר אין תור, לא חייבים טלפון."""

import re

from booking.hebrew.owner_rules.prompt import Sentence, shape
from booking.hebrew.owner_rules.statements import statements
from booking.hebrew.owner_rules.values import Rule
from booking.hebrew.owner_rules.words import NOT, ONLY, OURS, WE, prefixed
from booking.hebrew.phrases import words_in

_PHONES = prefixed(words_in("טלפון נייד פלאפון סלולרי טל'"), "לבו")
_CLASSES: dict[str, str] = (
    dict.fromkeys(_PHONES, "P")
    | dict.fromkeys(words_in("הטלפון הנייד והטלפון"), "Q")
    | dict.fromkeys(prefixed(words_in("מספר מס'"), "לבוה"), "M")
    | dict.fromkeys(prefixed(NOT, "") | words_in("אל אסור אי"), "N")
    | dict.fromkeys(words_in("בלי ללא ובלי וללא שבלי מבלי"), "W")
    | dict.fromkeys(prefixed(words_in("חובה חייב חייבת חייבים חייבות צריך צריכים צריכה נדרש נדרשים דרוש דרושים "
        "מחויב מחייב מחייבים הכרחי"
                                      " מוכרח מוכרחים נחוץ מעניין דרישה תנאי מותנה מותנית חובת להתעקש מתעקשים "
                                          "דורשים דורש דורשת דורשות הכרח צורך לדרוש "), "וש"), "R")
    | dict.fromkeys(prefixed(words_in("לקחת לבקש לרשום לקבל לוודא תבקשי תבקש בקשי בקש תוודאי תוודא לשאול שקיבלת "
        "קיבלת שקיבלנו שלקחת קחי קח תיקחי תיקח"
                                      " לוקחים מבקשים תרשמי תוודאי תקחי תקח תשאלי תשאל שאלי תרשום רשמי "
                                      "לברר לאמת נבקש"), "ו"), "T")
    | dict.fromkeys(prefixed(words_in("להשאיר לתת למסור לציין להזין השאירו משאירים משאיר משאירה השארת"), "ו"), "G")
    | dict.fromkeys(prefixed(words_in("תור תורים לקבוע קובעים קובעת קובע סוגרים סוגרת סוגר לסגור נקבע נקבעים "
        "תקבעי תקבע מאשרים"
                                      " לאשר מזמינים להזמין משריינים לשריין הזמנה קביעת קביעה פגישה תסגרי תסגור "
                                          "תאשרי תאשר רושמים מכניסים נרשם יירשם תקף נסגר תקבעו תסגרו יהיה "
                                              "תורין"), "הולבש"), "B")
    | dict.fromkeys(words_in("אפשר ניתן מותר אפשרי יכול יכולה יכולים"), "A")
    | dict.fromkeys(words_in("בסדר סבבה טוב נורא מסתדרים נסתדר מקובל"), "K")
    | dict.fromkeys(words_in("אופציונלי אופציונאלי רשות לבחירה בחירה אופציה"), "O")
    | dict.fromkeys(prefixed(words_in("תמיד מכל לכל כל לפני יש שם ושם מלא ומלא של הלקוח הלקוחה לקוח לקוחה "
        "לקוחות מתקשר מישהו גם את זה הוא להקפיד"
                             " אצלנו לנו כדי ש נא בבקשה חוזר לחזרה אחד אף שום ליצירת קשר תקין עדכני לאישור "
                                 "לתיאום המתקשר ב ל"
                             " היא מהלקוח מהם מה מאוד ממש כן בשביל שיש להיות על אחרי מקבל מקבלת מי לעולם מכולם "
                                 "תדאגי תדאג אותנו אותי חשוב לו להם כתובת וכתובת ומייל ואימייל"), "ו"), "f")
    | dict.fromkeys(ONLY, "L")
    | dict.fromkeys(WE | OURS, "f")
    | dict.fromkeys(words_in("לשכוח תשכחי תשכח שוכחים"), "S")
    | {"עמ": "I"} | dict.fromkeys(words_in("לוותר מוותרים מוותרת"), "V")
    | dict.fromkeys(words_in("אם במידה כשיש אולי רצוי כדאי עדיף"), "z")
)  # fmt: skip  # a table
_CLASSES |= {"בלי": "W", "ללא": "W"} | dict.fromkeys(words_in("חובה חובא"), "R")
# Words of the unreal that also forbid: "אל תקבעי", "בלי טלפון לא יהיה תור".
_ALLOWED = words_in("אל ואל יהיה")
_NUMBER = "(?:M?f?P[MP]?|MQ)"
_END = r"(?=$|[,:]|[fBRAKONTL]{0,8}(?:$|,))"
_FALSE = (
    re.compile(rf"Nf{{0,2}}(?:Rf{{0,3}}[TG]?|T)f{{0,3}}(?:Mf?P|{_NUMBER}{_END})"),
    re.compile(r"NRf{0,2}[TG]M$"),
    re.compile(rf"(?:{_NUMBER}|Qf?)f{{0,3}}Nf?R"),
    re.compile(rf"(?<!N)A[fBA]{{0,4}}W[TG]?(?:{_NUMBER}|M$){_END}"),
    re.compile(rf"(?:f[fB]?W|W){_NUMBER}f{{0,3}}N?[KA]"),
    re.compile(rf"(?:{_NUMBER}|GP)f{{0,3}}O"),
    re.compile(rf"(?<!N)(?:A|^)Vf?{_NUMBER}"),
    re.compile(rf"Nf?{_NUMBER}f{{0,2}}AB"),
    re.compile(rf"^[AB]{{1,3}}fW{_NUMBER}$"),
)
# These hold a negation of their own.
_NEVER_WITHOUT = (
    re.compile(rf"N[fBA]{{1,5}}W[TG]?(?:{_NUMBER}|M){_END}"),
    re.compile(rf"W(?:{_NUMBER}|M)f{{0,2}}N(?![fA]?[KRVA])"),
    re.compile(rf"N[fBAx]{{0,3}}B[fBA]{{0,3}}W[TG]?{_NUMBER}|N[fBAx]{{1,5}}W[TG]?Mf?P"),
    re.compile(rf"N[TG]{_NUMBER}N[fBA]{{0,3}}B"),
)
_BEFORE_IT = re.compile(rf"N[fB]{{1,6}}T?{_NUMBER}")  # with "before" among the words: not before there is one
_TRUE = (
    re.compile(rf"Rf{{0,3}}[TG]?f{{0,4}}(?:Mf?P|{_NUMBER}{_END})"),
    re.compile(r"Tf{0,4}Mf?P"),
    re.compile(rf"(?:{_NUMBER}|Q)f{{0,4}}R"),
    re.compile(rf"^[fB]*Tf{{0,4}}{_NUMBER}{_END}"),
    re.compile(rf"Lf?I{_NUMBER}{_END}|B[fL]{{0,3}}T{_NUMBER}{_END}|I{_NUMBER}L"),
)


def read_phone_needed(said: Sentence) -> list[Rule]:
    """What the sentence's clauses say of it, in order."""
    if not any(token.key in _TRIGGERS for token in said.tokens):
        return []
    rules: list[Rule] = []
    for start, end in statements(said, allowed=_ALLOWED):
        letters = shape(said, _CLASSES, start, end)
        before = any(said.key(at) == "לפני" for at in range(start, end))
        needed = True if before and _BEFORE_IT.search(letters) else _needed(letters)
        if needed is not None:
            rules.append(Rule("require_phone", needed, said.clause_quote(start, end)))
    return rules


_TRIGGERS = _PHONES | frozenset(word for word, kind in _CLASSES.items() if kind in "MQ")


def _needed(letters: str) -> bool | None:
    if "z" in letters:
        return None
    letters = letters.replace("NS", "f")  # not to forget
    if any(pattern.search(letters) for pattern in _NEVER_WITHOUT):
        return True
    if any(pattern.search(letters) for pattern in _FALSE):
        return False
    match = next((found for pattern in _TRUE if (found := pattern.search(letters))), None)
    return True if match is not None and "N" not in letters[: match.end()] else None
