"""Businesses, the people who work in them, and the people who contact them."""

from crm.models.businesses import E164, Business, BusinessSettings, Medium, PhoneSource
from crm.models.history import SettingChange
from crm.models.leads import (
    Activity,
    FollowUp,
    Lead,
    LeadIdentity,
    LeadMerge,
    LeadTag,
    SavedFilter,
    Tag,
)
from crm.models.sales import SalesDocument
from crm.models.team import Invitation, Membership, Preferences, Role
from crm.models.waiting import OutboxEvent, PendingImport

__all__ = [
    "E164",
    "Activity",
    "Business",
    "BusinessSettings",
    "FollowUp",
    "Invitation",
    "Lead",
    "LeadIdentity",
    "LeadMerge",
    "LeadTag",
    "Medium",
    "Membership",
    "OutboxEvent",
    "PendingImport",
    "PhoneSource",
    "Preferences",
    "Role",
    "SalesDocument",
    "SavedFilter",
    "SettingChange",
    "Tag",
]
