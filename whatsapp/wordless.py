"""What is answered to messages without words that anybody could act on: a file that is not kept, a sticker, a place."""

from __future__ import annotations

from collections.abc import Sequence

from whatsapp.models import Message, MessageMedia

CANNOT_LISTEN = "לצערנו אי אפשר להאזין כאן להודעות קוליות. אפשר לכתוב את הבקשה בהודעה, ונענה מיד."
TOO_LARGE = "לא ניתן לקבל קובץ בגודל כזה. אפשר לשלוח קובץ של עד 16 מגה, או לכתוב במה אפשר לעזור."
WRONG_TYPE = "לא ניתן לקבל קובץ מסוג כזה. אפשר לשלוח תמונה או קובץ PDF, או לכתוב במה אפשר לעזור."
NOT_FETCHED = "הקובץ לא התקבל אצלנו. אפשר לשלוח אותו שוב, או לכתוב במה אפשר לעזור."
SEEN = {
    Message.Kind.IMAGE: "התמונה התקבלה. במה אפשר לעזור?",
    Message.Kind.VIDEO: "הסרטון התקבל. במה אפשר לעזור?",
    Message.Kind.DOCUMENT: "הקובץ התקבל. במה אפשר לעזור?",
    Message.Kind.LOCATION: "המיקום התקבל. במה אפשר לעזור?",
    Message.Kind.CONTACT: "איש הקשר התקבל. במה אפשר לעזור?",
}
GREETED = "שלום! במה אפשר לעזור?"
UNSUPPORTED = "ההודעה הזאת לא מוצגת אצלנו. אפשר לכתוב את הבקשה במילים."
_REFUSED = {"too_large": TOO_LARGE, "type": WRONG_TYPE, "gone": NOT_FETCHED}


def reply(messages: Sequence[Message]) -> str | None:
    """The answer to a turn in which nothing was said in words; None where something was. The newest decides."""
    told = [message for message in messages if message.revoked_at is None]
    if not told or any(has_words(message) for message in told):
        return None
    return _of(told[-1])


def has_words(message: Message) -> bool:
    """A letter or a digit anywhere; signs and little pictures alone say nothing to act on."""
    if message.kind in (Message.Kind.LOCATION, Message.Kind.CONTACT):
        return False  # their text is a name of a place or of a person
    return any(sign.isalnum() for sign in message.text)


def _of(message: Message) -> str:
    media = MessageMedia.objects.filter(message=message).first()
    if media is not None and media.refused:
        return _REFUSED.get(media.refused, NOT_FETCHED)
    if message.kind == Message.Kind.AUDIO:
        return CANNOT_LISTEN
    if message.kind == Message.Kind.UNSUPPORTED:
        return UNSUPPORTED
    return SEEN.get(Message.Kind(message.kind), GREETED)
