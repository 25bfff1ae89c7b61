"""The look: mirrored theme, our colours, Hebrew everywhere, dates as Israel writes them, strict content policy."""

from __future__ import annotations

import ast
import gettext as gnu_gettext
import hashlib
import re
from datetime import date
from pathlib import Path

import pytest
import unfold
from django import forms
from django.conf import settings
from django.test import Client, override_settings
from django.urls import path
from django.utils import translation
from django.utils.translation.template import templatize

from agentlocator.unfold_settings import BASE_COLORS, PRIMARY_COLORS
from crm.models import Business

ROOT = Path(__file__).parents[3]
MIRRORED = ROOT / "static/unfold/css/styles.css"
SHEET_OF_THE_WHEEL = "51c00f1b4d2495e42b9a83377b66ecffcdc26a32148d0e3c64466c2c8de43bd6"
CATALOGUE = ROOT / "locale/he/LC_MESSAGES/django.po"


def broken_page(request: object) -> None:
    raise RuntimeError


urlpatterns = [path("broken/", broken_page)]


def test_the_mirrored_sheet_was_made_from_the_installed_theme() -> None:
    """When this fails: npx rtlcss@4.3.0 WHEEL/unfold/static/unfold/css/styles.css static/unfold/css/styles.css."""
    sheet = Path(unfold.__file__).parent / "static/unfold/css/styles.css"

    assert hashlib.sha256(sheet.read_bytes()).hexdigest() == SHEET_OF_THE_WHEEL
    assert abs(MIRRORED.stat().st_size - sheet.stat().st_size) < 1000
    assert MIRRORED.read_text() != sheet.read_text()


def test_pages_and_admin_share_their_colours() -> None:
    sheet = (ROOT / "static/css/tokens.css").read_text()

    for name, scale in (("base", BASE_COLORS), ("primary", PRIMARY_COLORS)):
        assert dict(re.findall(rf"--color-{name}-(\d+): (#[0-9a-f]+);", sheet)) == scale


def test_the_fonts_come_from_here_with_their_licence() -> None:
    sheet = (ROOT / "static/css/tokens.css").read_text()
    files = re.findall(r'url\("\.\./(fonts/[^"]+)"\)', sheet)

    assert len(files) == 2
    assert all((ROOT / "static" / file).read_bytes()[:4] == b"wOF2" for file in files)
    assert "SIL Open Font License" in (ROOT / "static/fonts/Heebo-OFL.txt").read_text()


def test_nothing_of_ours_is_asked_from_another_host() -> None:
    ours = [
        *(ROOT / "static/css").glob("*.css"),
        *(ROOT / "static/js").glob("*.js"),
        *(ROOT / "templates").rglob("*.html"),
    ]

    assert [file for file in ours if re.search(r"""(src|href)=["']https?:|url\(["']?https?:""", file.read_text())] == []


def test_our_templates_have_no_inline_script_or_style() -> None:
    ours = list((ROOT / "templates").rglob("*.html"))

    assert [
        file for file in ours if re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", file.read_text())
    ] == []


def test_the_fifth_of_november_is_the_fifth_of_november() -> None:
    with translation.override("he"):
        assert forms.DateField(localize=True).clean("05/11/2026") == date(2026, 11, 5)


@pytest.mark.parametrize("address", ["/", "/admin/login/", "/nope/"])
def test_pages_are_hebrew_and_right_to_left(db: None, client: Client, address: str) -> None:
    page = client.get(address, headers={"accept-language": "en"}, follow=True).content.decode()

    assert re.search(r'<html lang="he" dir="rtl"', page)


def test_only_the_admin_may_evaluate_scripts(dana: Client) -> None:
    assert "unsafe" not in dana.get("/")["Content-Security-Policy"]
    assert "unsafe" not in dana.get("/nope/")["Content-Security-Policy"]
    assert "'unsafe-eval'" in dana.get("/admin/")["Content-Security-Policy"]


def test_pages_that_do_not_exist_say_so(dana: Client) -> None:
    response = dana.get("/nope/")

    assert response.status_code == 404
    assert "העמוד לא נמצא" in response.content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_a_failure_is_admitted_without_details(db: None) -> None:
    client = Client(raise_request_exception=False)

    response = client.get("/broken/")

    assert response.status_code == 500
    assert "משהו השתבש אצלנו" in response.content.decode()
    assert "RuntimeError" not in response.content.decode()


def test_what_is_not_allowed_is_explained(noa: Client, salon: Business) -> None:
    response = noa.get(f"/admin/crm/business/{salon.pk}/delete/")

    assert response.status_code == 403
    assert "אין גישה לעמוד הזה" in response.content.decode()


# --- translation -------------------------------------------------------------------------------------
def _marked_in(source: str) -> set[str]:
    """First arguments of the translating calls in Python source; a context stands before its message."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if name in ("_", "_now", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy") and words:
            found.add(words[0])
        elif name in ("pgettext", "pgettext_lazy") and len(words) == 2:
            found.add("\x04".join(words))
    return found


def _marked_in_template(source: str) -> set[str]:
    """Django rewrites a template into lines that look like calls; messages keep their quotes there."""
    calls = re.findall(r"""\b(?:n?gettext|_)\((u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")""", templatize(source))
    return {str(ast.literal_eval(call)) for call in calls}


def _ours() -> set[str]:
    apps = [ROOT / name for name in ("agentlocator", "whatsapp", "calls", "booking", "faq", "crm")]
    code = [file for app in apps for file in app.rglob("*.py") if "migrations" not in file.parts]
    found: set[str] = set().union(*(_marked_in(file.read_text()) for file in code))
    return found.union(*(_marked_in_template(file.read_text()) for file in (ROOT / "templates").rglob("*.html")))


def _theme() -> set[str]:
    folder = Path(unfold.__file__).parent
    pages = [
        file for file in folder.rglob("*.html") if "contrib" not in file.parts and "unfold_crispy" not in file.parts
    ]
    code = [file for file in folder.rglob("*.py") if "contrib" not in file.parts]
    found: set[str] = set().union(*(_marked_in_template(file.read_text()) for file in pages))
    return found.union(*(_marked_in(file.read_text()) for file in code))


@pytest.mark.parametrize("strings", [_ours, _theme], ids=["ours", "theme"])
def test_every_string_has_its_hebrew(strings: object) -> None:
    marked = strings()  # type: ignore[operator]
    assert len(marked) > 50
    with translation.override("he"):
        catalogue = translation.trans_real.catalog()._catalog
        known = {key for part in catalogue._catalogs for key in part} | {
            key[0] for part in catalogue._catalogs for key in part if isinstance(key, tuple)
        }

    assert sorted(marked - known) == []


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    """When this fails: python manage.py compilemessages (needs gettext)."""
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gnu_gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    source = CATALOGUE.read_text()
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE)

    def read(text: str) -> str:
        return str(ast.literal_eval(f'"{text}"'))

    plain = {read(key): read(value) for key, value in pairs}
    assert len(plain) > 200
    contexts = {read(key) for key in re.findall(r'^msgctxt ".+"\nmsgid "(.+)"$', source, re.MULTILINE)}
    assert {key: compiled.get(key) for key in plain if key not in contexts} == {
        key: value for key, value in plain.items() if key not in contexts
    }


def test_the_admin_speaks_no_imperatives_of_django() -> None:
    with translation.override("he"):
        assert [translation.gettext(word) for word in ("Save", "Delete", "Log in")] == ["שמירה", "מחיקה", "כניסה"]


def test_hebrew_is_the_language_whatever_the_browser_asks() -> None:
    assert settings.LANGUAGE_CODE == "he"
    assert "django.middleware.locale.LocaleMiddleware" not in settings.MIDDLEWARE
