"""Whether this process has been told to stop and only finishes what it began."""

_begun = False


def begin() -> None:
    global _begun
    _begun = True


def is_draining() -> bool:
    return _begun
