"""What the conversation wants of the voice provider, as the provider is told it."""

from __future__ import annotations

from calls import realtime
from calls.conversation import actions as do
from calls.sessions import Sessions


class Orders:
    """One call's; each order that the provider may refuse has an id of its own."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._given = 0

    def give(self, action: do.Action) -> None:
        """Raises TypeError for what is no order to the provider."""
        self._given += 1
        event_id = f"ev_{self._given}"
        match action:
            case do.CreateResponse(intent_id=intent_id):
                self._sessions.send(realtime.create_response(intent_id))
            case do.AddServerItem(item_id=item_id, text=text):
                self._sessions.send(realtime.server_item(item_id, text))
            case do.AddCallerItem(item_id=item_id, text=text):
                self._sessions.send(realtime.caller_item(item_id, text))
            case do.AddHistoryItem(item_id=item_id, speaker=speaker, text=text):
                self._sessions.add_history(item_id, speaker, text)
            case do.SetPatience(silence_ms=silence_ms):
                self._sessions.set_patience(silence_ms)
            case do.DeleteItem(item_id=item_id):
                self._sessions.send(realtime.delete_item(event_id, item_id))
            case do.CancelResponse(response_id=response_id):
                self._sessions.send(realtime.cancel_response(event_id, response_id))
            case do.TruncateReply(item_id=item_id, content_index=content_index, heard_ms=heard_ms):
                self._sessions.send(realtime.truncate(event_id, item_id, content_index, heard_ms))
            case _:
                raise TypeError(f"nobody performs {type(action).__name__}")
