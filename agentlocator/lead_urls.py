"""Addresses of the customers, all under /leads/."""

from __future__ import annotations

from django.urls import path

from agentlocator import lead_actions, lead_merge_page, lead_page
from crm.pages import lead_bulk, lead_files, lead_filters, leads

app_name = "leads"
urlpatterns = [
    path("", leads.lead_list, name="list"),
    path("board/", leads.board, name="board"),
    path("new/", leads.new, name="new"),
    path("bulk/", lead_bulk.bulk, name="bulk"),
    path("undo/<str:token>/", lead_bulk.take_back, name="undo"),
    path("export/", lead_files.export, name="export"),
    path("import/", lead_files.upload, name="import"),
    path("import/<int:pk>/", lead_files.preview, name="import_preview"),
    path("filters/add/", lead_filters.add, name="filter_add"),
    path("filters/<int:pk>/remove/", lead_filters.remove, name="filter_remove"),
    path("merges/<int:pk>/undo/", lead_merge_page.take_apart, name="merge_undo"),
    path("<int:pk>/", lead_page.detail, name="detail"),
    path("<int:pk>/move/", lead_bulk.move, name="move"),
    path("<int:pk>/edit/", lead_actions.edit, name="edit"),
    path("<int:pk>/assign/", lead_actions.assign, name="assign"),
    path("<int:pk>/tags/add/", lead_actions.add_tag, name="tag_add"),
    path("<int:pk>/tags/<int:tag>/remove/", lead_actions.remove_tag, name="tag_remove"),
    path("<int:pk>/follow-up/", lead_actions.follow_up, name="follow_up"),
    path("<int:pk>/notes/add/", lead_actions.add_note, name="note_add"),
    path("<int:pk>/notes/<int:note>/edit/", lead_actions.edit_note, name="note_edit"),
    path("<int:pk>/notes/<int:note>/remove/", lead_actions.remove_note, name="note_remove"),
    path("<int:pk>/notes/<int:note>/put-back/", lead_actions.put_back_note, name="note_put_back"),
    path("<int:pk>/merge/", lead_merge_page.merge, name="merge"),
]
