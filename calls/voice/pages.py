"""The page of the local lines: what they say, in whose voice, and an own recording in its place."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from calls.models import VoiceClip
from calls.voice import clips, lines, sound
from crm.admin.badges import badge
from crm.admin.base import ReadOnlyAdmin
from crm.models import Role
from crm.roles import current_business, role_of

logger = logging.getLogger(__name__)

REFUSALS = {
    "not_wav": _("This is not a WAV file. Any recording program can save as WAV."),
    "compressed": _("This WAV file is compressed. Save it as plain WAV (PCM)."),
    "rate": _("The file has to be mono or stereo, 8 to 48 kHz."),
    "length": _("The recording is longer than 15 seconds."),
    "short": _("The recording is too short: there is less than a third of a second to hear."),
    "size": _("The file is larger than 6 MB."),
    "silent": _("Nothing can be heard in the recording."),
}
_SPEAKERS = {
    VoiceClip.Source.RECORDED: (_("recorded by the business"), "ok"),
    VoiceClip.Source.CAPTURED: (_("the assistant's voice"), ""),
}
_OTHERS = {True: _("the shipped voice"), False: _("the carrier's voice")}


@dataclass(frozen=True)
class Row:
    key: str
    text: str
    speaker: SafeString
    is_recorded: bool
    is_outdated: bool
    is_heard: bool  # here: what the carrier reads out is not


class RecordingForm(forms.Form):
    """A recording of one line. `cleaned_data["file"]` is its sound, ready to be kept."""

    file = forms.FileField(
        label=_("own recording"),
        help_text=_("WAV, up to 15 seconds. It is brought to the loudness of the other lines."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".wav,audio/wav"}),
    )

    def clean_file(self) -> bytes:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            if file.size is None or file.size > sound.LARGEST_FILE:
                raise sound.BadSound("size")
            return sound.from_wav(file.read())
        except sound.BadSound as error:
            raise forms.ValidationError(REFUSALS[error.code]) from error


@admin.register(VoiceClip)
class VoiceAdmin(ReadOnlyAdmin):
    """One page of all lines, and one for each of them. Owners only."""

    def get_urls(self) -> list[URLPattern]:
        own = self.admin_site.admin_view
        return [
            path("", own(self.changelist_view), name="calls_voiceclip_changelist"),
            path("<slug:key>/", own(self.line_view), name="calls_voiceclip_line"),
            path("<slug:key>/listen.wav", own(self.listen_view), name="calls_voiceclip_listen"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return obj is None and role_of(request) is Role.OWNER

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if away := self._away(request):
            return away
        groups = [
            (_("Sentences"), list(_rows(lines.PHRASES))),
            (_("Sentences while the call is not connected to the assistant"), list(_rows(lines.BY_CARRIER))),
            (_("Words of dates, hours and numbers"), list(_rows(lines.WORDS))),
        ]
        context = self._context(request, _("Lines without the assistant"), _("Settings"), "crm_business_changelist")
        return render(request, "admin/calls/voiceclip/lines.html", context | {"groups": groups})

    def line_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """One line: listen, record, or take the recording back."""
        if away := self._away(request, key):
            return away
        form = RecordingForm(request.POST, request.FILES) if "_record" in request.POST else RecordingForm()
        if "_forget" in request.POST:
            if clips.forget_recorded(key):
                self._note(request, key, _("The recording is deleted. The line is spoken as before it."))
            return HttpResponseRedirect(request.path)
        if form.is_valid():
            clips.keep_recorded(key, form.cleaned_data["file"])
            self._note(request, key, _("The recording is stored. Calls play it from now on."))
            return HttpResponseRedirect(request.path)
        [row] = _rows({key: lines.TEXTS[key]})
        parent = _("Lines without the assistant")
        context = self._context(request, row.text, parent, "calls_voiceclip_changelist")
        return render(request, "admin/calls/voiceclip/line.html", context | {"row": row, "form": form})

    def listen_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """The line as callers hear it."""
        if away := self._away(request, key):
            return away
        audio = clips.sound_of(key)
        if audio is None:
            raise Http404
        response = HttpResponse(sound.to_wav(audio), content_type="audio/wav")
        response["Cache-Control"] = "private, no-store"
        return response

    def _away(self, request: HttpRequest, key: str | None = None) -> HttpResponse | None:
        """Nobody's business, or nobody's line: where to go instead. Raises for those who may not be here."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if current_business(request) is None:
            self.message_user(request, _("Enter a business first."), messages.WARNING)
            return HttpResponseRedirect(reverse("home"))
        if key is not None and key not in lines.TEXTS:
            raise Http404
        return None

    def _note(self, request: HttpRequest, key: str, told: str | Promise) -> None:
        business = current_business(request)
        ids = {"business_id": business.pk if business else None, "user_id": request.user.pk, "line": key}
        logger.info("The recording of a line was changed.", extra=ids)
        self.message_user(request, told, messages.SUCCESS)

    def _context(self, request: HttpRequest, name: Any, parent: Any, parent_page: str) -> dict[str, Any]:
        shared: dict[str, Any] = self.admin_site.each_context(request)
        return shared | {
            "title": name,
            "opts": self.opts,
            "page_name": name,
            "page_parent": parent,
            "page_parent_url": reverse(f"admin:{parent_page}"),
        }


def _rows(texts: Mapping[str, str]) -> Iterator[Row]:
    """In the scope of the business."""
    speakers, outdated = clips.speakers(texts), clips.outdated()
    for key, text in texts.items():
        source = speakers.get(key)
        name, tone = _SPEAKERS[VoiceClip.Source(source)] if source else (_OTHERS[key in lines.OURS], "hollow")
        has_recording = source == VoiceClip.Source.RECORDED or key in outdated
        is_heard = source is not None or key in lines.OURS
        yield Row(key, text, badge(str(name), tone), has_recording, key in outdated, is_heard)
