"""The instructions for calls: Dana writes a draft, looks at it whole, publishes it, and may go back. Noa reads."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.contrib.admin import site
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import Client, RequestFactory

from booking.models import OwnerRule
from calls import prompts
from calls.models import PromptVersion
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.factories import CallSessionFactory, OwnerRuleFactory, PromptVersionFactory, UserFactory
from tests.support.pages import fields_of, platform_admin, text_of

LIST = "/admin/calls/promptversion/"


def page_of(version: PromptVersion, name: str = "change") -> str:
    return f"{LIST}{version.pk}/{name}/"


def write(client: Client, words: str, note: str = "") -> PromptVersion:
    """A draft through the form; the version that the answer leads to."""
    response = client.post(f"{LIST}add/", {"text": words, "note": note})
    return version_at(response["Location"])


def version_at(address: str) -> PromptVersion:
    found = re.search(r"/promptversion/(\d+)/", address)
    assert found is not None, address
    return PromptVersion._base_manager.get(pk=found[1])


def in_force(business: Business) -> str:
    with for_business(business):
        return BusinessSettings.objects.get().ai_prompt_calls


def decide(client: Client, version: PromptVersion, name: str) -> str:
    """Asks first, then means it; the page that it leads to."""
    asked = client.get(page_of(version, name))
    answer = client.post(page_of(version, name), fields_of(asked))
    assert answer.status_code == 302, answer.content.decode()
    return text_of(client.get(answer["Location"]))


@pytest.fixture
def calm(salon: Business) -> Business:
    with for_business(salon):
        BusinessSettings.objects.update(ai_prompt_calls="דברו בקצב רגוע.\nבלי הנחות.")
    return salon


def test_the_list_begins_with_what_is_in_force(calm: Business, dana: Client) -> None:
    page = text_of(dana.get(LIST))

    assert "גרסה 1 פעילה" in page
    assert "אין שיחות" in page


def test_dana_writes_a_draft_and_nobody_hears_it_yet(calm: Business, dana: Client) -> None:
    assert fields_of(dana.get(f"{LIST}add/"))["text"].strip() == "דברו בקצב רגוע.\nבלי הנחות."

    draft = write(dana, "דברו מהר.\r\nבלי הנחות.", "קצב")

    assert (draft.number, draft.status, draft.text) == (2, "draft", "דברו מהר.\nבלי הנחות.")
    assert draft.written_by is not None
    assert in_force(calm) == "דברו בקצב רגוע.\nבלי הנחות."
    page = text_of(dana.get(page_of(draft)))
    assert "הטיוטה נשמרה. המתקשרים לא ישמעו אותה לפני הפרסום." in page
    assert "python manage.py place_call --to +97233334444 --draft 2" in page


def test_the_whole_prompt_is_shown_with_its_length(calm: Business, dana: Client) -> None:
    draft = write(dana, "דברו מהר.")

    response = dana.get(page_of(draft))

    page = text_of(response)
    assert "You answer a business&#x27;s phone." in page
    assert "דברו מהר." in page
    assert "[SERVER] slot_available" in page
    assert "כללים קבועים קבוע" in page
    whole = response.context["whole"]
    assert f"{whole.characters:,}".replace(",", "") in page.replace(",", "")
    with for_business(calm):
        prompts.publish(draft, now=draft.created_at)
    live = dana.get(page_of(draft)).context["whole"]
    assert live.characters == whole.characters  # published or not, the model gets the same


def test_the_difference_is_shown_word_by_word(calm: Business, dana: Client) -> None:
    draft = write(dana, "דברו בקצב מהיר.\nבלי הנחות.")

    html = dana.get(page_of(draft)).content.decode()

    assert "<del>רגוע.</del><ins>מהיר.</ins>" in html
    assert "אין הבדל בטקסט" in text_of(dana.get(page_of(write(dana, in_force(calm)))))


def test_words_are_text_not_markup(calm: Business, dana: Client) -> None:
    html = dana.get(page_of(write(dana, "<script>alert(1)</script> </del>"))).content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_publishing_asks_first_and_tells_what_it_did_to_the_rules(calm: Business, dana: Client) -> None:
    with for_business(calm):
        BusinessSettings.objects.update(ai_prompt_calls="קובעים תורים כל רבע שעה.")
    OwnerRuleFactory(business=calm, field=OwnerRule.Field.SLOT_SIZE, value=15)
    draft = write(dana, "פותחים את היומן עד שבועיים קדימה.")

    asked = text_of(dana.get(page_of(draft, "publish")))

    assert "לפרסם את גרסה 2?" in asked
    assert "תחול מהשיחה הבאה." in asked
    assert "הכללים האלה כבר לא בתוקף: מרווח בין תורים: כל 15 דקות" in asked
    assert "מועדים ש" in asked
    assert in_force(calm) == "קובעים תורים כל רבע שעה."
    with for_business(calm):
        assert OwnerRule.objects.exists()

    page = decide(dana, draft, "publish")

    assert "גרסה 2 בתוקף." in page
    assert "הכללים האלה כבר לא בתוקף: מרווח בין תורים: כל 15 דקות" in page
    assert in_force(calm) == "פותחים את היומן עד שבועיים קדימה."
    with for_business(calm):
        assert not OwnerRule.objects.exists()


def test_a_draft_that_changed_after_the_question_is_asked_about_again(calm: Business, dana: Client) -> None:
    draft = write(dana, "אחת")
    fields = fields_of(dana.get(page_of(draft, "publish")))
    dana.post(page_of(draft), {"text": "שתיים", "note": ""})

    answer = dana.post(page_of(draft, "publish"), fields)

    assert "הטיוטה השתנתה בינתיים." in text_of(answer)
    assert in_force(calm) == "דברו בקצב רגוע.\nבלי הנחות."


def test_dana_goes_back_to_an_earlier_version(calm: Business, dana: Client) -> None:
    first = prompts.live_version(calm)
    decide(dana, write(dana, "דברו מהר."), "publish")

    page = decide(dana, first, "restore")

    assert "גרסה 3 בתוקף." in page
    assert in_force(calm) == "דברו בקצב רגוע.\nבלי הנחות."
    assert "כמו גרסה 1" in text_of(dana.get(LIST))


def test_a_discarded_draft_is_gone(calm: Business, dana: Client) -> None:
    draft = write(dana, "דברו מהר.")

    page = decide(dana, draft, "discard")

    assert "הטיוטה נמחקה." in page
    assert "גרסה 2" not in page


def test_a_tried_draft_keeps_its_words_and_the_edit_gets_a_number(calm: Business, dana: Client) -> None:
    draft = write(dana, "אחת")
    CallSessionFactory(business=calm, prompt_version=draft)

    answer = dana.post(page_of(draft), {"text": "שתיים", "note": ""})

    assert version_at(answer["Location"]).number == 3
    page = text_of(dana.get(answer["Location"]))
    assert "גרסה 2 כבר נוסתה בשיחות, ולכן נשארה כפי שהייתה. השינויים נשמרו כגרסה 3." in page
    listed = text_of(dana.get(LIST))
    assert "שיחה אחת" in listed
    assert "גרסה 2 קודמת" in listed


def test_words_for_a_draft_that_was_just_published_become_a_draft_of_their_own(
    calm: Business, rf: RequestFactory
) -> None:
    """Dana publishes in one window while the form of the other is on its way."""
    with for_business(calm):
        stale = prompts.save_draft(calm, "אחת", by=None)
        prompts.publish(PromptVersion.objects.get(pk=stale.pk), now=stale.created_at)
        request = rf.post("/")
        request.user = UserFactory()
        request._messages = told = CookieStorage(request)
        form = SimpleNamespace(cleaned_data={"text": "שתיים", "note": ""})

        site._registry[PromptVersion].save_model(request, stale, form, change=True)

        assert in_force(calm) == "אחת"
        assert [(row.number, row.text) for row in PromptVersion.objects.filter(status="draft")] == [(3, "שתיים")]
    assert [str(message) for message in told] == ["גרסה 2 כבר לא טיוטה. השינויים נשמרו כגרסה 3."]


def test_settings_saved_on_the_business_page_become_a_version(calm: Business, dana: Client) -> None:
    prompts.live_version(calm)
    business_page = f"/admin/crm/business/{calm.pk}/change/"
    words = {"businesssettings-0-ai_prompt_calls": "דברו לאט."}

    dana.post(business_page, fields_of(dana.get(business_page)) | words)

    with for_business(calm):
        live = PromptVersion.objects.get(status="live")
    assert (live.number, live.text) == (2, "דברו לאט.")
    assert live.written_by is not None


def test_what_is_only_previewed_leaves_no_version(calm: Business, dana: Client) -> None:
    prompts.live_version(calm)
    business_page = f"/admin/crm/business/{calm.pk}/change/"
    words = {"businesssettings-0-ai_prompt_calls": "דברו לאט.", "_preview": "1"}

    dana.post(business_page, fields_of(dana.get(business_page)) | words)

    with for_business(calm):
        assert PromptVersion.objects.count() == 1


def test_only_drafts_are_published_and_only_earlier_ones_restored(calm: Business, dana: Client) -> None:
    live, draft = prompts.live_version(calm), write(dana, "דברו מהר.")

    for version, name in ((live, "publish"), (live, "discard"), (live, "restore"), (draft, "restore")):
        for ask in (dana.get, dana.post):
            answer = ask(page_of(version, name))
            assert (answer.status_code, answer["Location"]) == (302, LIST)
            assert "הגרסה הזו השתנתה בינתיים. דבר לא בוצע." in text_of(dana.get(LIST))
    assert in_force(calm) == live.text
    assert dana.post(page_of(live), {"text": "אחר", "note": ""}).status_code == 403
    assert dana.get(page_of(draft, "delete")).status_code == 403


def test_noa_reads_but_neither_writes_nor_decides(calm: Business, dana: Client, noa: Client) -> None:
    draft = write(dana, "דברו מהר.")

    page = text_of(noa.get(page_of(draft)))

    assert "דברו מהר." in page
    assert "פרסום…" not in page
    assert noa.get(f"{LIST}add/").status_code == 403
    assert noa.post(page_of(draft), {"text": "אחר", "note": ""}).status_code == 403
    for name in ("publish", "discard"):
        assert noa.get(page_of(draft, name)).status_code == 403
        assert noa.post(page_of(draft, name)).status_code == 403
    draft.refresh_from_db()
    assert (draft.status, draft.text) == ("draft", "דברו מהר.")


def test_another_businesss_versions_do_not_exist(calm: Business, next_door: Business, dana: Client) -> None:
    foreign = PromptVersionFactory(business=next_door, text="הסוד של רות")

    for name in ("change", "publish", "discard", "restore", "history"):
        assert dana.get(page_of(foreign, name)).status_code == 404
        if name != "history":
            assert dana.post(page_of(foreign, name), {"text": "x", "seen": "x"}).status_code == 404
    assert "הסוד של רות" not in text_of(dana.get(LIST))


def test_the_platform_publishes_within_the_draft_own_business(calm: Business, next_door: Business) -> None:
    admin = platform_admin()
    draft = PromptVersionFactory(business=calm, text="דברו מהר.")

    page = decide(admin, draft, "publish")

    assert "בתוקף." in page
    assert in_force(calm) == "דברו מהר."
    assert in_force(next_door) == ""


def test_limits_and_listening_are_set_in_the_settings(calm: Business, dana: Client) -> None:
    business_page = f"/admin/crm/business/{calm.pk}/change/"
    page = text_of(dana.get(business_page))
    for heading in ("העברה לצוות והקלטה", "מגבלות של שיחה", "הקשבה", "נאמר למתקשרים כבר במשפט הראשון."):
        assert heading in page
    values = {"max_call_min": "12", "max_call_cost_cents": "50", "patience_ms": "900", "barge_in_level": "700"}
    sent = {f"businesssettings-0-{name}": value for name, value in values.items()}

    dana.post(business_page, fields_of(dana.get(business_page)) | sent | {"businesssettings-0-record_calls": "on"})

    with for_business(calm):
        row = BusinessSettings.objects.get()
    assert (row.max_call_min, row.max_call_cost_cents, row.patience_ms, row.barge_in_level, row.record_calls) == (
        12,
        50,
        900,
        700,
        True,
    )
    refused = dana.post(
        business_page, fields_of(dana.get(business_page)) | sent | {"businesssettings-0-max_call_min": "1"}
    )
    assert refused.status_code == 200
    with for_business(calm):
        assert BusinessSettings.objects.get().max_call_min == 12
