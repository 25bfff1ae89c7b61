"""Programs that start, serve and end as one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests.support.children import Started, all_gone, descendants

# A supervisor over two small programs, one of which has a child in a group of its own, as a worker pool may.
SCRIPT = """
import os, sys
from agentlocator.runtime.errors import RuntimeProblem
from agentlocator.runtime.paths import places
from agentlocator.runtime.services import Services
from agentlocator.runtime.supervisor import Program, Supervisor, python

PARENT = '''
import os, signal, subprocess, sys, time
from agentlocator.runtime.processes import die_with_parent
me = os.getpid()
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True,
                 preexec_fn=lambda: die_with_parent(signal.SIGKILL, me))
signal.signal(signal.SIGTERM, lambda *_: (print("bye"), sys.exit(0)))
print("up", flush=True)
while True:
    time.sleep(600)
'''
env = dict(os.environ)
extra = Program("extra", python("-c", sys.argv[1]), env, then=eval(sys.argv[2])) if len(sys.argv) > 1 else None
services = Services(places())
supervisor = Supervisor(services, [
    Program("one", python("-c", PARENT), env, ready_line="up"),
    Program("two", python("-c", PARENT), env, ready_line="up"),
])
def ready():
    print("all ready", flush=True)
    return extra
try:
    sys.exit(supervisor.run(ready))
except RuntimeProblem as problem:
    print(problem, flush=True)
    sys.exit(1)
"""


@pytest.fixture
def supervised(start: Callable[..., Started]) -> Callable[..., Started]:
    def _supervised(*arguments: str) -> Started:
        one = start("-c", SCRIPT, *arguments, DATABASE_URL="postgres://x@/x", REDIS_URL="redis://x")
        one.wait_for("all ready")
        return one

    return _supervised


def test_an_interrupt_ends_everything_in_reverse_order_and_is_a_success(supervised: Callable[..., Started]) -> None:
    one = supervised()
    family = descendants(one.pid)
    assert len(family) == 4
    assert one.interrupt() == 0
    assert [line.strip() for line in one.lines if "bye" in line] == ["two | bye", "one | bye"]
    assert all_gone(family)


def test_a_killed_supervisor_leaves_no_process(supervised: Callable[..., Started]) -> None:
    one = supervised()
    family = descendants(one.pid)
    one.process.kill()
    assert all_gone(family)


def test_the_death_of_one_ends_all_and_is_told_by_name(supervised: Callable[..., Started]) -> None:
    one = supervised()
    family = descendants(one.pid)
    two = next(pid for pid in family if descendants(pid))
    os.kill(two, signal.SIGKILL)
    said = one.rest()
    assert "has ended with code -9; stopping everything else." in said
    assert one.process.returncode == 1
    assert all_gone(family)


def test_a_program_that_is_meant_to_end_decides_what_happens_then(supervised: Callable[..., Started]) -> None:
    one = supervised("print('placed the call')", "lambda code: code")
    assert "extra | placed the call" in one.rest().replace("  ", " ")
    assert one.process.returncode == 0


def test_serving_goes_on_after_a_program_that_is_meant_to_end(supervised: Callable[..., Started]) -> None:
    one = supervised("raise SystemExit(3)", "lambda code: print('ended with', code, flush=True)")
    one.wait_for("ended with 3")
    assert one.interrupt() == 0
