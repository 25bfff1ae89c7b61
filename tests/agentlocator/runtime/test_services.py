"""The embedded servers: who starts them, who joins, who stops them."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import environ
import psycopg
import pytest
import redis

from agentlocator.runtime import paths, postgres, processes, servers, services, valkey
from agentlocator.runtime.errors import BinariesMissing, RuntimeProblem, ServiceFailed
from agentlocator.runtime.services import Services
from tests.support.children import Started, all_gone

HOLD = """
import signal, sys
from agentlocator.runtime import paths
from agentlocator.runtime.services import Services
services = Services(paths.places(sys.argv[1]), durable=False)
services.start()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("servers", *(server.pid for server in services.servers), flush=True)
signal.sigwait([signal.SIGTERM])
services.stop()
"""


def connect(places: paths.Places) -> psycopg.Connection:
    given = environ.Env.db_url_config(postgres.url(places))
    return psycopg.connect(host=given["HOST"], user=given["USER"], dbname=given["NAME"], autocommit=True)


def test_a_started_service_answers_and_a_stopped_one_is_gone(places: paths.Places) -> None:
    mine = Services(places, durable=False)
    mine.start()
    pids = [server.pid for server in mine.servers]
    with connect(places) as database:
        assert database.execute("SELECT 'שלום' < 'תודה'").fetchone() == (True,)
    with redis.Redis.from_url(valkey.url(places)) as broker:
        assert broker.ping()
    mine.stop()
    assert [processes.is_running(pid) for pid in pids] == [False, False]


def test_data_outlives_a_restart(places: paths.Places) -> None:
    for statement in ("CREATE TABLE kept (id int)", "SELECT * FROM kept"):
        mine = Services(places, durable=True)
        mine.start()
        with connect(places) as database:
            database.execute(statement)
        mine.stop()


def test_only_sockets_in_a_private_folder_lead_in(places: paths.Places) -> None:
    mine = Services(places, durable=False)
    mine.start()
    modes = [stat.S_IMODE(folder.stat().st_mode) for folder in (places.postgres, places.valkey, places.sockets)]
    with connect(places) as database:
        listening = database.execute("SHOW listen_addresses").fetchone()
    with redis.Redis.from_url(valkey.url(places)) as broker:
        port = broker.config_get("port")
    mine.stop()
    assert (modes, listening, port) == ([0o700] * 3, ("",), {"port": "0"})


def test_a_second_user_joins_and_leaves_the_servers_running(
    places: paths.Places, start: Callable[..., Started]
) -> None:
    first = start("-c", HOLD, places.base.name)
    pids = [int(pid) for pid in first.wait_for("servers").split()[1:]]
    second = Services(places, durable=False)
    second.start()
    assert ([server.pid for server in second.servers], second.started) == (pids, [])
    second.stop()
    assert all(processes.is_running(pid) for pid in pids)
    first.process.terminate()
    assert first.rest() == ""
    assert all_gone(pids)


def test_the_starter_waits_for_the_last_user(places: paths.Places, start: Callable[..., Started]) -> None:
    first = start("-c", HOLD, places.base.name)
    first.wait_for("servers")
    second = Services(places, durable=False)
    second.start()
    first.process.terminate()
    first.wait_for("Another command still uses")
    with connect(places) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)
    second.stop()
    assert first.rest() == ""
    assert first.process.returncode == 0


def test_a_killed_starter_takes_its_servers_along(places: paths.Places, start: Callable[..., Started]) -> None:
    first = start("-c", HOLD, places.base.name)
    pids = [int(pid) for pid in first.wait_for("servers").split()[1:]]
    first.process.kill()
    assert all_gone(pids)
    again = Services(places, durable=False)
    again.start()
    assert len(again.started) == 2
    again.stop()


def test_a_server_whose_starter_is_gone_is_replaced(places: paths.Places) -> None:
    paths.make_places(places)
    left = postgres.Postgres(places, durable=False)
    left.start()
    assert left.process is not None
    orphan = left.process
    mine = Services(places, durable=False)
    mine.start()
    orphan.wait(30)
    assert mine.servers[0].pid not in (0, orphan.pid)
    mine.stop()


def test_a_number_that_now_belongs_to_a_stranger_does_not_block_the_start(places: paths.Places) -> None:
    mine = Services(places, durable=False)
    mine.start()
    mine.stop()
    pid_file = places.postgres / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{places.postgres}\n")  # as after a reboot
    assert mine.servers[0].pid == 0
    mine.start()
    assert mine.servers[0].pid != os.getpid()
    mine.stop()


def test_a_server_that_ends_by_itself_is_noticed(places: paths.Places) -> None:
    mine = Services(places, durable=False)
    mine.start()
    assert mine.dead() is None
    os.kill(mine.servers[1].pid, signal.SIGKILL)
    assert processes.wait_until(lambda: mine.dead() == "Valkey", 10)
    mine.stop()


def test_a_killed_postgres_recovers_what_was_acknowledged(places: paths.Places) -> None:
    mine = Services(places, durable=True)
    mine.start()
    with connect(places) as database:
        database.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id")
        os.kill(mine.servers[0].pid, signal.SIGKILL)
    assert processes.wait_until(lambda: mine.dead() == "PostgreSQL", 10)
    mine.stop()
    again = Services(places, durable=True)
    again.start()
    with connect(places) as database:
        assert database.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
    again.stop()


def test_data_of_another_version_is_refused_by_name(places: paths.Places) -> None:
    mine = Services(places, durable=False)
    mine.start()
    mine.stop()
    (places.postgres / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServiceFailed, match="was made by PostgreSQL 9"):
        mine.start()


def test_addresses_of_the_environment_come_first(monkeypatch: pytest.MonkeyPatch, places: paths.Places) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://agents@db/agents")
    assert services.database_url() == "postgres://agents@db/agents"
    assert [server.name for server in services.needed(places)] == ["Valkey"]


def test_a_folder_that_somebody_else_prepared_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trap").symlink_to("/tmp")
    with pytest.raises(RuntimeProblem, match="belongs to another user"):
        paths.make_private(tmp_path / "trap")


def test_a_long_or_odd_checkout_path_keeps_its_sockets_elsewhere() -> None:
    assert not paths._fits_a_socket(Path("/home/dana/" + "deep/" * 20))
    assert not paths._fits_a_socket(Path("/home/dana/one,two/.data/sockets"))
    assert paths._fits_a_socket(Path("/home/dana/my work/.data/sockets"))


def test_sockets_may_lie_in_a_folder_with_spaces_and_hebrew(places: paths.Places) -> None:
    mine = Services(dataclasses.replace(places, sockets=places.base / "דנה לוי"), durable=False)
    mine.start()
    with connect(mine.places) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)
    with redis.Redis.from_url(valkey.url(mine.places)) as broker:
        assert broker.ping()
    mine.stop()


def test_sockets_that_had_to_lie_outside_the_checkout_leave_nothing_there(places: paths.Places) -> None:
    outside = paths._outside("/tmp").with_name(f"agentlocator-test-{os.getpid()}")
    mine = Services(dataclasses.replace(places, sockets=outside / "sockets", outside=outside), durable=False)
    mine.start()
    assert stat.S_IMODE(outside.stat().st_mode) == 0o700
    mine.stop()
    assert not outside.exists()


def test_no_server_program_anywhere_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(BinariesMissing, match="set REDIS_URL"):
        valkey.find_program()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as somebody else")
def test_programs_in_a_private_home_are_copied_and_the_home_stays_private(tmp_path: Path, places: paths.Places) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "tools" / "bin").mkdir(parents=True)
    shutil.copy(shutil.which("true") or "", home / "tools" / "bin" / "server")
    found = servers.Installation(home / "tools" / "bin", home, ("tools",))
    paths.make_places(places)
    places = dataclasses.replace(places, programs=places.base / "programs")
    copy = servers.usable_program("server", found, places)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert places.programs in copy.parents
