"""Spoken words that more than one door of a call needs."""


def you_have_reached(business_name: str) -> str:
    """The words by which a business answers.

    ל joins a Hebrew word, but would have to swallow its article; there, and before other scripts, אל stands free.
    """
    joins = "א" <= business_name[:1] <= "ת" and business_name[0] != "ה"
    return f"הגעתם ל{business_name}" if joins else f"הגעתם אל {business_name}"


def whisper(business_name: str, *, who: str, topic: str) -> str:
    """What a person hears before they take a caller. `who`: a name, or a number in words; empty where withheld."""
    about = f", בעניין {topic}" if topic else ""
    return f"שיחה מ{business_name}. על הקו {who or 'מספר חסוי'}{about}. לקבלת השיחה מקישים אחת."
