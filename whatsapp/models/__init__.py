"""Channels, conversations, runs of the assistant and automatic messages."""

from whatsapp.models.channels import Channel, QuickReply
from whatsapp.models.conversations import Conversation, Message, MessageMedia
from whatsapp.models.flows import FlowMessage, FlowRule, FlowSettings
from whatsapp.models.runs import AgentRun, AgentTrace, Approval

__all__ = [
    "AgentRun",
    "AgentTrace",
    "Approval",
    "Channel",
    "Conversation",
    "FlowMessage",
    "FlowRule",
    "FlowSettings",
    "Message",
    "MessageMedia",
    "QuickReply",
]
