"""Where static files are asked for: the theme's own sheet for who reads English, its mirror image for Hebrew."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from django.utils.translation import get_language_bidi
from whitenoise.storage import CompressedStaticFilesStorage

MIRRORED = "unfold/css/styles.css"  # `static/` holds the mirror image under the theme's own name
AS_SHIPPED = "unfold_ltr/styles.css"


def theme_sheets() -> tuple[str, Path]:
    """An entry of STATICFILES_DIRS: the sheet as the theme ships it, under a name that nothing hides."""
    spec = find_spec("unfold")
    assert spec is not None
    assert spec.origin is not None
    return "unfold_ltr", Path(spec.origin).parent / "static/unfold/css"


class HouseStorage(CompressedStaticFilesStorage):
    def url(self, name: str | None) -> str:
        readable = AS_SHIPPED if name == MIRRORED and not get_language_bidi() else name
        return str(super().url(readable))
