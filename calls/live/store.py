"""What the broker keeps of running calls, and how it is named. Nothing here outlives a call for long.

Of each call a list of events, whose positions are their sequence numbers: whichever process adds one, the list counts.
Beside it one short record of how the call stands, which its process renews; where it is missing the process is gone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import redis
from channels.layers import BaseChannelLayer, get_channel_layer
from django.conf import settings

KEPT_SECONDS = 600  # after the end of a conversation
LONGEST_SECONDS = 4 * 3600  # longer than any
ALIVE_SECONDS = 60  # without a word from its process
WATCHED_SECONDS = 45  # without a word from a page
DESK = "live.desk"  # the group of all processes that hold calls
REPLY = "live:reply:"  # lists at which forms wait for an answer
REPLY_SECONDS = 30

# Keeps the batch of a process at once. KEYS: the events and the record of each call, then what tells whether somebody
# looks. ARGV: how many calls; of each the seconds its events are kept, its record (empty: none any more), how many
# events, the events. Answers how many events each call has, then whether somebody looks.
# A list that has begun anew, such as after the broker's own restart, is given its time again.
KEEP = f"""
local answers, at, calls = {{}}, 2, tonumber(ARGV[1])
for call = 1, calls do
  local events, record, count = KEYS[2 * call - 1], ARGV[at + 1], tonumber(ARGV[at + 2])
  for nth = 1, count do redis.call('RPUSH', events, ARGV[at + 2 + nth]) end
  local length = redis.call('LLEN', events)
  if record == '' or length == count then redis.call('EXPIRE', events, ARGV[at]) end
  if record == '' then redis.call('DEL', KEYS[2 * call])
  else redis.call('SET', KEYS[2 * call], record, 'EX', {ALIVE_SECONDS}) end
  answers[call] = length
  at = at + 3 + count
end
for key = 2 * calls + 1, #KEYS do answers[#answers + 1] = redis.call('EXISTS', KEYS[key]) end
return answers
"""

SID = re.compile(r"[A-Za-z0-9_-]{1,64}")

encode = msgspec.json.encode
_decode = msgspec.json.Decoder(dict[str, Any])


class Now(msgspec.Struct):
    """How a call stands: what is being done, the line that was said last, and how many events there are."""

    state: str = "listening"
    speaker: str = ""
    last: str = ""
    seq: int = 0


_decode_now = msgspec.json.Decoder(Now)


def events_key(business_id: int, sid: str) -> str:
    return f"live:events:{business_id}:{sid}"


def now_key(business_id: int, sid: str) -> str:
    return f"live:now:{business_id}:{sid}"


def watched_key(business_id: int) -> str:
    """It is there while somebody looks at the business's calls."""
    return f"live:watched:{business_id}"


def group_of(business_id: int) -> str:
    """The group of the channel layer that hears of the business's calls."""
    return f"live.{business_id}"


def events(stored: list[bytes], after: int) -> list[dict[str, Any]]:
    """Stored events with the numbers they have, the first of which follows `after`."""
    return [{"seq": number} | _decode.decode(each) for number, each in enumerate(stored, after + 1)]


def layer() -> BaseChannelLayer:
    """The channel layer of the running event loop."""
    found = get_channel_layer()
    assert found is not None  # the settings name one
    return found


@cache
def broker(url: str) -> redis.Redis:
    """For code that may block."""
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)


def events_after(business_id: int, sid: str, after: int) -> list[dict[str, Any]]:
    """What happened in a call since the event of this number. Raises RedisError."""
    return events(broker(settings.REDIS_URL).lrange(events_key(business_id, sid), after, -1), after)  # type: ignore[arg-type]  # the stub knows no synchronous answer


@dataclass(frozen=True)
class Standing:
    """What is known of a call. `now` is None where its process says nothing; `last`: the latest event, if any."""

    now: Now | None
    last: dict[str, Any] | None

    @property
    def broke_off(self) -> bool:
        """The last that was told is no end."""
        return self.last is not None and self.last.get("kind") not in ("ended", "left")


def stands(business_id: int, sids: list[str]) -> list[Standing]:
    """How these calls stand. Raises RedisError."""
    if not sids:
        return []
    pipe = broker(settings.REDIS_URL).pipeline(transaction=False)
    pipe.mget([now_key(business_id, sid) for sid in sids])
    for sid in sids:
        pipe.lindex(events_key(business_id, sid), -1)
    records, *lasts = pipe.execute()
    return [
        Standing(_decode_now.decode(record) if record else None, _decode.decode(last) if last else None)
        for record, last in zip(records, lasts, strict=True)
    ]
