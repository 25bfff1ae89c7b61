"""The Celery worker as the supervisor runs it: tells when it is ready, and leaves no child behind.

The pool's processes are the worker's children, not the supervisor's; each asks the kernel to end it
with the worker.
"""

import os
import signal
import sys
import warnings
from typing import Any

from celery.exceptions import SecurityWarning
from celery.signals import worker_process_init, worker_ready

from agentlocator.celery import app

from .processes import die_with_parent
from .supervisor import WORKER_READY

_worker = os.getpid()


@worker_process_init.connect
def _end_with_the_worker(**_: Any) -> None:
    die_with_parent(signal.SIGKILL, _worker)


@worker_ready.connect
def _say_so(**_: Any) -> None:
    if sys.__stdout__ is not None:  # Celery has turned `sys.stdout` into a logger
        print(WORKER_READY, file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore", SecurityWarning)  # root on one's own machine; production has its own unit
    app.worker_main(["--quiet", "worker", *sys.argv[1:]])
