"""Hebrew that the server words itself and the assistant says: neutral to the caller, one question at the end."""

PASSED_ON = "אעביר את הפרטים לנציג והוא יחזור אליך בהמשך."
ALREADY_BOOKED = f"כבר נקבע תור בשיחה הזאת. אם צריך עוד תור, {PASSED_ON}"
STANDS = "התור קבוע ל{when}."
CALENDAR_DOWN = f"יש תקלה זמנית ביומן. {PASSED_ON}"
TIME_WANTED = "יש יום ושעה שנוחים?"
ANYTHING_ELSE = "אפשר לעזור בעוד משהו?"

FINE = f"בסדר גמור. {ANYTHING_ELSE}"

# An utterance that could not be transcribed.
NOT_HEARD = "לא בטוח ששמעתי טוב, אפשר לחזור על זה?"
KEYS = "לקביעת תור מקישים אחת, להשארת הודעה שתיים"
KEYS_WITH_PERSON = f"{KEYS}, לשיחה עם נציג אפס"
NOT_HEARD_AGAIN = "עדיין לא נשמע טוב. אפשר גם להקיש: {keys}."
OR_SPEAK = "אפשר גם פשוט לדבר. איך אפשר לעזור?"

# Which service; the words of the caller fit more than one.
WHICH_SERVICE = "לאיזה שירות לקבוע: {names}?"
WHICH_SERVICE_OF_MANY = "לאיזה שירות בדיוק לקבוע?"

# Changing an appointment. {when} stands after a preposition: יום שלישי, בשעה שש בערב.
CONFIRM_CANCEL = "לבטל את התור של {when}?"
WHICH_APPOINTMENT = "רשום תור ל{when}. זה התור שמדובר בו?"
MOVE_WHERE = "רשום תור ל{when}. לאיזה יום ושעה להעביר?"
MOVE_TO_WHICH_HOUR = "רשום תור ל{when}. באיזו שעה נוח {day}?"
CONFIRM_MOVE = "להעביר את התור של {when} ל{to}?"
THERE_ALREADY = "התור כבר רשום ל{when}. לאיזה מועד אחר להעביר?"
KEPT = f"התור נשאר כמו שהיה. {ANYTHING_ELSE}"
NOT_UNDER_YOUR_NUMBER = "לא נמצא תור במספר שממנו מתקשרים. אפשר לבדוק במספר אחר."
NONE_FOUND = "לא נמצא תור במספר הזה. אפשר לקבוע תור חדש, או להעביר את הפרטים לנציג שיחזור בהמשך. להעביר?"
NOT_FOUND_BY_NUMBER = "אי אפשר למצוא את התור בלי מספר. להעביר את הפרטים לנציג שיחזור בהמשך?"
NONE_OF_THEM = "אין תור אחר ברשימה. להעביר את הפרטים לנציג שיחזור בהמשך?"
CHANGED_MEANWHILE = f"התור השתנה בינתיים, ואי אפשר לשנות אותו מכאן. {PASSED_ON}"
TOO_LATE = f"את התור הזה אפשר לשנות רק דרך הצוות. {PASSED_ON}"

BOOKED_BY_KEYS = "הזמנה טלפונית"  # in place of a name

# What a call is about, said to the person it is handed to.
TOPICS = {"book": "קביעת תור", "reschedule": "שינוי תור", "cancel": "ביטול תור"}
