"""What needs every app: settings, wiring, business files and the product's commands."""

from django.apps import AppConfig


class AgentLocatorConfig(AppConfig):
    name = "agentlocator"
    verbose_name = "AgentLocator"

    def ready(self) -> None:
        from agentlocator import (  # noqa: PLC0415  # settings first
            celery,  # noqa: F401  # tasks queued from here need its broker
            checks,  # noqa: F401  # registers them
            same_person,  # noqa: F401  # listens for news
        )
