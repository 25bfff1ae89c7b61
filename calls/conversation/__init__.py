"""The call as a state machine without I/O: events in, actions out.

Start reading at `machine.Conversation.handle`. Nothing here reads a clock, awaits, queries or logs:
time enters inside events (`at_ms`, milliseconds since the media stream began), slow work leaves as an
action with a `request_id` and returns as an event. So every call can be replayed exactly (`journal`).
"""
