"""The instructions for calls and their versions: written as drafts, looked at whole, tried, published, brought back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from booking.admin.preview import effect_of, in_words, warn_of_touched
from booking.admin.rules import told
from booking.owner_rules import Settled
from booking.preview import compare, look
from calls import prompts
from calls.models import PromptVersion
from calls.prompt_page import calls_in_words, fingerprint, reading, status_badge
from calls.prompts import WrongVersion
from crm.admin.base import NOBODY, HouseAdmin, TenantForm, in_business_of
from crm.admin.fields import OwnWordsField
from crm.models import Role
from crm.names import name_of
from crm.roles import current_business, role_of, user_here
from crm.templatetags.isolates import moment

Status = PromptVersion.Status
Decision = Callable[["PromptVersionAdmin", HttpRequest, int], HttpResponse]


class VersionForm(TenantForm):
    text = OwnWordsField(label=_("instructions for calls"))


def version_name(version: PromptVersion) -> str:
    return _now("Version %(number)d") % {"number": version.number}


def page_of(version: PromptVersion) -> str:
    return reverse("admin:calls_promptversion_change", args=[version.pk])


def _unless_overtaken(view: Decision) -> Decision:
    """Where somebody else was quicker, the versions as they stand now, and a sentence."""

    @wraps(view)
    def decided(page: PromptVersionAdmin, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            return view(page, request, pk)
        except WrongVersion:
            page.message_user(request, _("This version has changed meanwhile. Nothing was done."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:calls_promptversion_changelist"))

    return decided


@admin.register(PromptVersion)
class PromptVersionAdmin(HouseAdmin):
    """Owners write and publish; the staff reads. Rows are changed by `calls.prompts` only."""

    form = VersionForm
    deleters = NOBODY
    list_display = ("version", "state", "note", "author", "written", "went_live", "used")
    list_display_links = ("version",)
    list_filter = ("status",)
    list_select_related = ("written_by",)
    fields = ("text", "note")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[PromptVersion]:
        rows: QuerySet[PromptVersion] = super().get_queryset(request)
        return rows.annotate(call_count=Count("calls"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only drafts are written in."""
        return super().has_change_permission(request, obj) and (obj is None or obj.status == Status.DRAFT)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        business = current_business(request)
        if business is not None and self.has_view_permission(request):
            prompts.live_version(business)  # a business that has never been called has none yet
        return super().changelist_view(request, extra_context)  # type: ignore[no-any-return]  # unfold ships no types

    # --- writing ---------------------------------------------------------------------------------------
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new draft begins as what is in force."""
        business = current_business(request)
        return {"text": prompts.live_version(business).text} if business else {}

    def save_model(self, request: HttpRequest, obj: PromptVersion, form: Any, change: bool) -> None:
        """`obj` becomes what was saved, which may have got a number of its own."""
        words, note = form.cleaned_data["text"], form.cleaned_data["note"]
        former = obj if change else None
        kept = _("Calls have tried version %(old)d, so it stays as it was. The changes are version %(new)d.")
        try:
            saved = prompts.save_draft(obj.business, words, note=note, by=user_here(request), draft=former)
        except WrongVersion:
            saved = prompts.save_draft(obj.business, words, note=note, by=user_here(request))
            kept = _("Version %(old)d is no draft any more. The changes are version %(new)d.")
        if former is not None and former.pk != saved.pk:
            self.message_user(request, kept % {"old": former.number, "new": saved.number}, messages.WARNING)
        obj.pk = saved.pk
        obj.refresh_from_db()

    def response_add(self, request: HttpRequest, obj: PromptVersion, post_url_continue: Any = None) -> HttpResponse:
        return self._saved(request, obj)

    def response_change(self, request: HttpRequest, obj: PromptVersion) -> HttpResponse:
        return self._saved(request, obj)

    def _saved(self, request: HttpRequest, draft: PromptVersion) -> HttpResponse:
        self.message_user(request, _("The draft is saved. Callers do not hear it before it is published."))
        return HttpResponseRedirect(page_of(draft))

    # --- reading ---------------------------------------------------------------------------------------
    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: PromptVersion | None = None,
    ) -> HttpResponse:
        context |= {"subtitle": None, "title": _("New draft")}
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        if obj is not None:
            name = version_name(obj)
            trail = {"page_name": name, "page_parent": self.opts.verbose_name_plural, "title": name}
            context |= trail | {"page_parent_url": reverse("admin:calls_promptversion_changelist")}
            context |= reading(obj, now=timezone.now())
            context["may_decide"] = role_of(request) is Role.OWNER
        return super().render_change_form(request, context, add, change, form_url, obj)  # type: ignore[no-any-return]  # unfold ships no types

    # --- deciding --------------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        decisions = {"publish": self.publish_view, "restore": self.restore_view, "discard": self.discard_view}
        return [
            *(
                path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"calls_promptversion_{name}")
                for name, view in decisions.items()
            ),
            *super().get_urls(),
        ]

    @_unless_overtaken
    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self._wanted(request, pk, Status.DRAFT)

        def publish() -> tuple[PromptVersion, Settled]:
            return version, prompts.publish(version, now=timezone.now())

        words = {
            "question": _now("Publish version %(number)d?") % {"number": version.number},
            "explanation": _now("It holds from the next call on. Calls that are going on keep theirs."),
            "submit_text": _("Publish"),
            "done": _("Version %(number)d is in force."),
        }
        return self._decide(request, version, publish, words)

    @_unless_overtaken
    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self._wanted(request, pk, Status.RETIRED)
        note = _now("as version %(number)d") % {"number": version.number}

        def restore() -> tuple[PromptVersion, Settled]:
            return prompts.restore(version, by=user_here(request), note=note, now=timezone.now())

        words = {
            "question": _now("Go back to version %(number)d?") % {"number": version.number},
            "explanation": _now("Its text gets a new number and holds from the next call on."),
            "submit_text": _("Back to this version"),
            "done": _("Version %(number)d is in force."),
        }
        return self._decide(request, version, restore, words)

    @_unless_overtaken
    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self._wanted(request, pk, Status.DRAFT)
        if request.method == "POST":
            with in_business_of(version.business_id):
                prompts.discard(version)
            self.message_user(request, _("The draft is discarded."))
            return HttpResponseRedirect(reverse("admin:calls_promptversion_changelist"))
        question = _now("Discard version %(number)d?") % {"number": version.number}
        explanation = _now("The text is gone then, unless calls have tried it. What callers hear does not change.")
        return self._ask(
            request, version, question=question, explanation=explanation, submit_text=_("Discard the draft")
        )

    def _wanted(self, request: HttpRequest, pk: int, status: str) -> PromptVersion:
        """The version to decide on, for those who may. Raises WrongVersion if it is past that."""
        version: PromptVersion | None = self.get_object(request, str(pk))
        if version is None:
            raise Http404
        if role_of(request) is not Role.OWNER:
            raise PermissionDenied
        if version.status != status:
            raise WrongVersion(status)
        return version

    def _decide(
        self,
        request: HttpRequest,
        version: PromptVersion,
        decision: Callable[[], tuple[PromptVersion, Settled]],
        words: dict[str, Any],
    ) -> HttpResponse:
        """Asks, showing what would come of it; on the owner's word, does it."""
        business, now = version.business, timezone.now()
        with in_business_of(business.pk):
            if request.method != "POST" or request.POST.get("seen") != fingerprint(version.text):
                if request.method == "POST":
                    messages.warning(request, _("The draft has changed meanwhile. This is what it would do now."))
                outcome: list[Settled] = []
                effect = effect_of(business, lambda: outcome.append(decision()[1]), now=now)
                shown = in_words(effect) if effect else {}
                return self._ask(request, version, told=told(outcome[0]), has_effect=bool(effect), **words, **shown)
            with transaction.atomic():
                before = look(business, now=now)
                live, settled = decision()
                difference = compare(before, look(business, now=now))
            self.log_change(request, live, str(words["done"] % {"number": live.number}))
            messages.success(request, words["done"] % {"number": live.number})
            for sentence in told(settled):
                messages.warning(request, sentence)
            warn_of_touched(request, difference)
            return HttpResponseRedirect(page_of(live))

    def _ask(self, request: HttpRequest, version: PromptVersion, **context: Any) -> HttpResponse:
        shared = {
            "title": context["question"],
            "opts": self.opts,
            "version": version,
            "seen": fingerprint(version.text),
            "back_to": page_of(version),
            "page_name": context["submit_text"],
            "page_parent": version_name(version),
            "page_parent_url": page_of(version),
        }
        page = self.admin_site.each_context(request) | shared | context
        return render(request, "admin/calls/promptversion/confirm.html", page)

    # --- columns ---------------------------------------------------------------------------------------
    @admin.display(description=_("version"), ordering="number")
    def version(self, row: PromptVersion) -> str:
        return version_name(row)

    @admin.display(description=_("status"), ordering="status")
    def state(self, row: PromptVersion) -> SafeString:
        return status_badge(row)

    @admin.display(description=_("written by"), ordering="written_by__username")
    def author(self, row: PromptVersion) -> str:
        return name_of(row.written_by)

    @admin.display(description=_("written"), ordering="created_at")
    def written(self, row: PromptVersion) -> str:
        return moment(row.created_at)

    @admin.display(description=_("went live"), ordering="published_at")
    def went_live(self, row: PromptVersion) -> str:
        return moment(row.published_at)

    @admin.display(description=_("calls"), ordering="call_count")
    def used(self, row: PromptVersion) -> str:
        return calls_in_words(row.call_count)  # type: ignore[attr-defined]  # annotated above
