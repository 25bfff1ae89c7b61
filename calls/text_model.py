"""How the text model is asked, wherever it is asked."""

from __future__ import annotations

from typing import Any


def options_for(model: str) -> dict[str, Any]:
    """Arguments for `responses.create` and `.parse`: quick, and nothing kept at the provider.

    Models that reason do so at medium effort unless told otherwise; others refuse to be told.
    """
    reasons = model.startswith(("gpt-5", "gpt-6", "gpt-7", "o"))
    return {"model": model, "store": False} | ({"reasoning": {"effort": "none"}} if reasons else {})
