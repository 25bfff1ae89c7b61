"""The people who call: what each of them wants, and what they say to what they hear.

They react to words, as people do, and check the details they are told. What they agreed to is kept for the judge.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from booking.hebrew.speech import say_date, say_time

KINDS = ("book", "in_one_breath", "move", "cancel", "ask", "silent", "interrupting", "keypad")
WEIGHTS = (26, 16, 12, 10, 10, 4, 14, 8)
OPENS, CLOSES = 10, 20
MOST_TURNS = 16
QUESTIONS = ("מה שעות הפתיחה שלכם?", "כמה עולה תספורת?", "יש לכם חניה?", "אפשר להגיע בשבת?", "אתם שולחים אישור?")
NAMES = (
    *("דנה לוי", "נועה כהן", "יעל מזרחי", "רון ברק", "מיכל פרץ", "אורי שגב", "תמר אלון", "עידו גולן", "שירה דהן"),
    *("גיא ביטון", "הדס רוזן", "אמיר חדד", "ליאת אברהם", "יואב פרידמן", "רותם שמש", "איתי קפלן", "מאיה סגל"),
)
_MONTHS = ("ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר")
_ALTERNATIVE = re.compile(rf"(?:ה-)?(\d+) ב({'|'.join(_MONTHS)}), בשעה (\d+):(\d+)")
_REFUSED = re.compile(r"לא פנוי|מחוץ לשעות|אין מקום קרוב|לא אפשרית|ביום הזה סגור|קרוב מדי|רחוק מדי|כבר עברה")
_SPOKEN_HOURS = {hour: say_time(time(hour)) for hour in range(7, 23)}


@dataclass(frozen=True)
class Act:
    """What the caller does next; nothing of both: they listen on."""

    say: str = ""
    press: str = ""
    hang_up: bool = False


LISTEN = Act()
GOODBYE = Act(say="לא תודה, להתראות")


@dataclass
class Person:
    """One caller. `existing` is an appointment that stands under their number."""

    kind: str
    name: str
    phone: str  # E.164
    wish: datetime  # local
    today: date
    rng: random.Random = field(repr=False)
    existing: datetime | None = None
    agreed: list[datetime] = field(default_factory=list)  # times they asked for, or took when offered
    happy: bool = False  # they believe that it is done, and heard the right details
    turns: int = 0
    _asked: int = 0
    _last: str = ""

    @property
    def books(self) -> bool:
        return self.kind in ("book", "in_one_breath", "interrupting", "keypad")

    @property
    def national(self) -> str:
        return self.phone.replace("+972", "0")

    # --- speaking -------------------------------------------------------------------------------------
    def react(self, heard: str) -> Act:
        """To everything that was heard since they last spoke."""
        self.turns += 1
        if self.kind == "silent":
            return LISTEN
        if self.turns > MOST_TURNS:
            return Act(hang_up=True)
        act = self._by_keys(heard) or self._to(heard)
        self._last = act.say or self._last
        return act

    def opening(self) -> Act:
        """The first sentence."""
        self.turns += 1
        if self.kind == "silent":
            return LISTEN
        if self.kind == "keypad":
            return Act(press=self.rng.choice(("1#", "*", "1", "0123456789" * 4, "2#")))
        act = self._wanted()
        self._last = act.say
        return act

    def _wanted(self) -> Act:
        when = self._when(self.wish)
        if self.kind == "ask":
            self._asked += 1
            return Act(say=QUESTIONS[(self._asked + len(self.name)) % len(QUESTIONS)])
        if self.kind == "cancel":
            return Act(say="שלום, אני רוצה לבטל את התור שלי")
        self._agree(self.wish)
        if self.kind == "move":
            return Act(say=f"אני רוצה להעביר את התור שלי ל{when.removeprefix('ב')}")
        if self.kind == "in_one_breath":
            return Act(say=f"אפשר לקבוע תור {when}, על שם {self.name}")
        return Act(say=f"שלום, אני רוצה לקבוע תור {when}")

    def _to(self, heard: str) -> Act:
        """The most telling thing in it first."""
        if re.search(r"עדיין על הקו", heard):
            return Act(say=f"כן, אני כאן. {self._last}")
        if re.search(r"(לא (בטוח|נקלט|שמעתי)|אפשר לחזור)", heard) and not re.search("טלפון|להקיש", heard):
            return Act(say=self._last) if self._last else self._wanted()
        if self.kind == "ask":
            return GOODBYE if self._asked > 2 else self._wanted()
        if done := self._when_done(heard):
            return done
        if re.search(r"מספר ה?טלפון|להקיש|מקישים את המספר", heard):
            return Act(press=f"{self.national}#")
        if re.search(_REFUSED, heard) or "מה מתאים יותר" in heard:
            return self._another_time(heard)
        if question := self._to_question(heard):
            return question
        if re.search(r"השם המלא|על שם מי|מה השם", heard):
            return Act(say=f"השם {self.name}")
        if self.happy:
            return GOODBYE
        return self._wanted() if self.kind != "cancel" or "לא נמצא" not in heard else GOODBYE

    # --- what they check ------------------------------------------------------------------------------
    def _when_done(self, heard: str) -> Act | None:
        """It is said to be done: are the details right?"""
        if "תיקון" in heard:
            self.happy = False
            heard = heard.rpartition("תיקון")[2]
        if re.search(r"התור נשאר כמו|לא (נקבע|בוטל|הועבר|השתנה)", heard):
            return None
        if self.kind == "cancel":
            if re.search(r"(התור של .* בוטל|ביטלתי|התור שלך בוטל)", heard):
                self.happy = True
                return GOODBYE
            return None
        done = r"(הועבר|העברתי|הוזז|כבר רשום)" if self.kind == "move" else r"(נקבע|קבעתי|רשמתי|קבוע|קבענו|יש לך תור)"
        asks = heard.strip().endswith("?") and not re.search("לעזור|כבר רשום", heard)
        if asks or not re.search(done, heard):
            return None
        if wrong := self._contradicts(heard):
            return Act(say=f"לא, {wrong}")
        self.happy = True
        return GOODBYE

    def _to_question(self, heard: str) -> Act | None:
        if not re.search(r"(שאקבע|לקבוע|להעביר|לבטל|שמדובר|מתאים|נכון|בסדר)[^?]*\?", heard):
            return None
        if self.kind == "cancel":
            return Act(say="כן, לבטל")
        if re.search(r"לאיזה יום|איזה יום", heard):
            return Act(say=self._when(self.wish))
        if re.search(r"שמדובר בו", heard):
            return Act(say="כן")
        if "לבטל" in heard:
            return Act(say=f"לא, לא לבטל. {self._wanted().say}")
        moved_to = heard.rpartition("להעביר")[2].rpartition(" ל")[2]  # behind the time that it was
        if wrong := self._contradicts(moved_to or heard):
            return Act(say=f"לא, {wrong}")
        named = "השם" not in self._last and self.name not in self._last
        self._agree(self.wish)
        return Act(say=f"כן, השם {self.name}" if named and "שאקבע" in heard and self.rng.random() < 0.5 else "כן")

    def _contradicts(self, heard: str) -> str:
        """What they would put right in details that they hear; empty if nothing they hear is wrong."""
        hours = {hour for hour, words in _SPOKEN_HOURS.items() if re.search(rf"(?<!\w)[בל]?{words}(?!\w)", heard)}
        hours |= {8} if re.search("שמונה וחצי בבוקר", heard) else set()
        if hours and self.wish.hour not in hours:
            return f"ביקשתי {self._when(self.wish)}"
        day = say_date(self.wish.date(), self.today).removeprefix("ב")
        dated = any(f"ב{month}" in heard for month in _MONTHS) and not any(month in day for month in _MONTHS)
        if hours and (dated or day not in heard):
            return f"ביקשתי {self._when(self.wish)}"
        return ""

    def _another_time(self, heard: str) -> Act:
        """Take the first alternative, or think of a time oneself."""
        if found := _ALTERNATIVE.search(heard):
            day, month, hour, minute = found.groups()
            year = self.today.year + (_MONTHS.index(month) + 1 < self.today.month)
            self.wish = datetime(year, _MONTHS.index(month) + 1, int(day), int(hour), int(minute))  # noqa: DTZ001 -- local
        elif (offered := self._spoken_time(heard.partition(", או")[0])) is not None:
            self.wish = offered
        else:
            self.wish = wished(self.rng, self.today)
        self._agree(self.wish)
        return Act(say=f"אז {self._when(self.wish)}")

    # --- keys -----------------------------------------------------------------------------------------
    def _by_keys(self, heard: str) -> Act | None:
        """To a menu or another line that wants keys, whoever they are."""
        if offered := re.search(r"המועד (?:הקרוב|הבא) הוא[^.]*", heard):
            if not self.books:
                return Act(press="*")
            if (at := self._spoken_time(offered[0])) is None:
                return Act(press="2")
            self.wish = at
            self._agree(at)
            return Act(press="1")
        if "המספר הוא" in heard and "אחת" in heard:
            return Act(press="1")
        if re.search(r"לקביעת תור", heard) and re.search(r"אחת|1", heard):
            return Act(press="1" if self.books else "2")
        return None

    def _spoken_time(self, heard: str) -> datetime | None:
        """The time that a line offers, by day and hour in words."""
        hours = [hour for hour, words in _SPOKEN_HOURS.items() if words in heard]
        days = [self.today + timedelta(days=ahead) for ahead in range(40)]
        named = [day for day in days if say_date(day, self.today).removeprefix("ב") in heard]
        if not hours or not named:
            return None
        return datetime.combine(max(named, key=lambda day: len(say_date(day, self.today))), time(max(hours)))

    # --- words ----------------------------------------------------------------------------------------
    def _agree(self, at: datetime) -> None:
        if at not in self.agreed:
            self.agreed.append(at)

    def _when(self, at: datetime) -> str:
        day = say_date(at.date(), self.today)
        if (at.date() - self.today).days > 6:
            day = f"ב-{at.day} ב{_MONTHS[at.month - 1]}"
        return f"{day} ב{say_time(at.time())}"


def wished(rng: random.Random, today: date) -> datetime:
    """A whole hour within opening hours of the next weeks."""
    day = today + timedelta(days=rng.randrange(1, 22))
    return datetime.combine(day, time(rng.randrange(OPENS, CLOSES)))


def somebody(rng: random.Random, number: int, today: date) -> Person:
    """The caller of this number."""
    (kind,) = rng.choices(KINDS, WEIGHTS)
    existing = wished(rng, today) if kind in ("move", "cancel") else None
    return Person(kind, rng.choice(NAMES), f"+97252{number:07d}", wished(rng, today), today, rng, existing)
