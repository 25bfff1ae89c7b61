"""The Celery application: everything that may wait."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentlocator.settings")
os.environ.setdefault("ROLE", "worker")

app = Celery("agentlocator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
