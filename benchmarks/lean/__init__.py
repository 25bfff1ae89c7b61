"""Callers and a provider that cost next to nothing, so that the other core is never what is measured.

They speak as much of both protocols as a bridge needs, by script: no sound is synthesised or listened to. Times
travel inside the audio.
"""
