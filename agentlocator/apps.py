"""What needs every app: settings, wiring, business files and the product's commands."""

from django.apps import AppConfig


class AgentLocatorConfig(AppConfig):
    name = "agentlocator"
    verbose_name = "AgentLocator"
