"""The lines of a call that are spoken without the provider: their words, their sound, and who speaks them.

`lines`, `sound` and `shipped` are pure; the stand-ins use them too.
"""
