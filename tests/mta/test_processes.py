"""Real processes: killed, stopped, left alone by their parent."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from mta import supervisor
from mta.client import Client, OutcomeStream
from mta.contract import Batch, Lane, Mailbox, Outcome, Plan, Slot, Status
from mta.overview import overview
from tests.mta.support import a_batch, a_plan, eventually, free_port

ROOT = Path(__file__).resolve().parent.parent.parent


class Park:
    """A sink that writes down who got what, and MTAs."""

    def __init__(self, folder: Path, url: str) -> None:
        self.record = folder / "record"
        self.port = free_port()
        self._env = {**os.environ, "REDIS_URL": url, "MTA_RELAY": f"127.0.0.1:{self.port}", "MTA_DEAD_AFTER": "1.5"}
        self._running: list[subprocess.Popen[bytes]] = []
        self.sink = self.start("mta.sink", "--port", str(self.port), "--record", str(self.record), "--delay", "0.002")

    def start(self, module: str, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", module, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=self._env | env, stderr=subprocess.DEVNULL)
        self._running.append(process)
        return process

    def stop(self) -> None:
        for process in reversed(self._running):
            process.terminate()
            process.wait(10)

    def received(self) -> list[str]:
        """Return the key of each accepted mail, as often as it was accepted."""
        return keys_in(self.record)

    def another_sink(self, *options: str) -> tuple[str, Path]:
        """Start a sink that behaves otherwise; return it as a relay, and its record."""
        port, record = free_port(), self.record.with_name("another")
        self.start("mta.sink", "--port", str(port), "--record", str(record), *options)
        return f"127.0.0.1:{port}", record


def keys_in(record: Path) -> list[str]:
    return [line.split("\t")[1] for line in record.read_text().splitlines()] if record.exists() else []


@pytest.fixture
def park(tmp_path: Path, spool_url: str) -> Iterator[Park]:
    opened = Park(tmp_path, spool_url)
    yield opened
    opened.stop()


def keyed_plan() -> Plan:
    return a_plan(headers=[("From", Mailbox("", "a@b.example")), ("X-Messagepark-Key", [Slot(1)])])


def feed(client: Client, plan: Plan, count: int) -> list[Batch]:
    batches = [a_batch(plan, n, count=100) for n in range(count // 100)]
    client.put_plan(plan)
    client.submit_many(batches)
    return batches


def read_all(stream: OutcomeStream, outcomes: list[Outcome]) -> list[Outcome]:
    entries = stream.read(500, 10)
    outcomes += [o for _, entry in entries for o in entry.outcomes]
    stream.ack([entry_id for entry_id, _ in entries])
    return outcomes


def test_processes_killed_at_any_moment_lose_nobody_and_repeat_what_was_in_flight_at_most(
    park: Park, redis: Redis, client: Client
) -> None:
    feed(client, keyed_plan(), 3000)
    stream, outcomes = OutcomeStream(redis, "test"), list[Outcome]()
    kills = 0
    for _ in range(4):
        engine = park.start("mta", MTA_PROCESSES="1", MTA_CONNECTIONS="4")
        before = len(outcomes)
        eventually(lambda: len(read_all(stream, outcomes)) > before + 50)  # noqa: B023
        time.sleep(random.random() / 20)
        engine.kill()
        kills += 1
    park.start("mta", MTA_PROCESSES="1", MTA_CONNECTIONS="4")
    eventually(lambda: len(read_all(stream, outcomes)) >= 3000)
    received = Counter(park.received())
    assert set(received) == {f"token{n}" for n in range(3000)}
    assert sorted(o.seq for o in outcomes) == list(range(3000))
    repeated = sum(received.values()) - len(received)
    # Four connections with a mail in flight each, and what one group commit holds.
    assert repeated <= kills * 40
    eventually(lambda: not client.open_batches(1, "7"))
    assert client.backlog(1, Lane.NORMAL) == 0


def test_a_stopped_mta_is_done_in_time_and_the_next_one_goes_on(park: Park, redis: Redis, client: Client) -> None:
    feed(client, keyed_plan(), 2000)
    stream, outcomes = OutcomeStream(redis, "test"), list[Outcome]()
    first = park.start("mta", MTA_PROCESSES="2")
    eventually(lambda: len(read_all(stream, outcomes)) > 100)
    started = time.monotonic()
    first.send_signal(signal.SIGTERM)
    assert first.wait(10) == 0
    assert time.monotonic() - started < 5
    park.start("mta", MTA_PROCESSES="2")
    eventually(lambda: len(read_all(stream, outcomes)) >= 2000)
    assert {o.status for o in outcomes} == {Status.ACCEPTED}
    assert len(park.received()) == len(set(park.received())) == 2000


def engines_at_work(redis: Redis, parent: subprocess.Popen[bytes]) -> int:
    """How many engines of an MTA hold batches."""
    pids = {str(pid) for pid in children(parent.pid)}
    return sum(engine.held > 0 and engine.name.split("-")[-2] in pids for engine in overview(redis).engines)


def test_two_generations_side_by_side_make_a_deploy_without_a_pause(park: Park, redis: Redis, client: Client) -> None:
    """Nobody is taken for dead in this test, so what the first does not hand back would be missing at the end."""
    relay, record = park.another_sink("--delay", "0.01")
    generation = {
        "MTA_RELAY": relay, "MTA_PROCESSES": "2", "MTA_CONNECTIONS": "8", "MTA_WINDOW": "200", "MTA_DEAD_AFTER": "600"
    }  # fmt: skip
    plan = keyed_plan()
    feed(client, plan, 500)
    stream, outcomes = OutcomeStream(redis, "test"), list[Outcome]()
    first = park.start("mta", **generation)
    eventually(lambda: len(read_all(stream, outcomes)) > 100)
    second = park.start("mta", **generation)
    eventually(lambda: len(overview(redis).engines) == 4)
    client.submit_many([a_batch(plan, n, count=100) for n in range(5, 40)])
    eventually(lambda: engines_at_work(redis, first) == engines_at_work(redis, second) == 2)
    started, told = time.monotonic(), len(read_all(stream, outcomes))
    first.send_signal(signal.SIGTERM)
    assert first.wait(10) == 0
    assert time.monotonic() - started < 10
    assert told < 4000, "nothing was left for the second"
    eventually(lambda: len(read_all(stream, outcomes)) >= 4000)
    assert {o.status for o in outcomes} == {Status.ACCEPTED}
    assert sorted(o.seq for o in outcomes) == list(range(4000))
    assert sorted(keys_in(record)) == sorted(f"token{n}" for n in range(4000))
    assert client.backlog(1, Lane.NORMAL) == 0


def test_a_server_that_never_answers_does_not_hold_up_a_stop(park: Park, redis: Redis, client: Client) -> None:
    """What it has and never answered for counts as an attempt; the rest goes back, and the next generation has it."""
    relay, record = park.another_sink("--hang-every", "20")
    feed(client, keyed_plan(), 400)
    stream, outcomes = OutcomeStream(redis, "test"), list[Outcome]()
    first = park.start("mta", MTA_PROCESSES="1", MTA_RELAY=relay, MTA_CONNECTIONS="4")
    # Each of the four connections hangs in the end, and nothing comes any more.
    eventually(lambda: len(read_all(stream, outcomes)) >= 40)
    still = eventually(lambda: at_rest(stream, outcomes))
    started = time.monotonic()
    first.send_signal(signal.SIGTERM)
    assert first.wait(10) == 0
    assert time.monotonic() - started < 10
    park.start("mta", MTA_PROCESSES="1", MTA_DEAD_AFTER="600")
    eventually(lambda: len(read_all(stream, outcomes)) >= 400)
    assert sorted(o.seq for o in outcomes) == list(range(400))
    assert still < 400
    untold = {line.split("\t")[1] for line in record.read_text().splitlines() if line.endswith("\tuntold")}
    assert {f"token{o.seq}" for o in outcomes if o.status is not Status.ACCEPTED} == untold
    assert {o.status for o in outcomes} == {Status.ACCEPTED, Status.DEFERRED}
    assert sorted(park.received() + keys_in(record)) == sorted(f"token{n}" for n in range(400))


def at_rest(stream: OutcomeStream, outcomes: list[Outcome]) -> int:
    """Return how many outcomes there are, once none has come for half a second."""
    before = len(read_all(stream, outcomes))
    time.sleep(0.5)
    return before if len(read_all(stream, outcomes)) == before else 0


def test_the_parent_starts_another_engine_for_one_that_died(park: Park, redis: Redis, client: Client) -> None:
    parent = park.start("mta", MTA_PROCESSES="2")
    engines = eventually(lambda: len(children(parent.pid)) == 2 and children(parent.pid))
    os.kill(engines[0], signal.SIGKILL)
    eventually(lambda: len(set(children(parent.pid)) - set(engines)) == 1)


class StartedTooLate:
    """A child during whose start the supervisor is told to stop."""

    terminated = False

    def __init__(self, *_arguments: object, **_options: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    def terminate(self) -> None:
        self.terminated = True

    def wait(self) -> None:
        assert self.terminated, "it would be waited for without end"


def test_a_stop_in_the_middle_of_starting_an_engine_stops_that_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor.subprocess, "Popen", StartedTooLate)
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        supervisor.Supervisor(1).run()
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)


def test_engines_end_when_their_parent_was_killed(park: Park) -> None:
    parent = park.start("mta", MTA_PROCESSES="2")
    engines = eventually(lambda: len(children(parent.pid)) == 2 and children(parent.pid))
    time.sleep(1)  # they have started
    parent.kill()
    parent.wait()
    eventually(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in engines))


def test_a_wrong_setting_is_said_in_one_sentence() -> None:
    env = {**os.environ, "MTA_CONNECTIONS": "many"}
    answer = subprocess.run(
        [sys.executable, "-m", "mta"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    assert answer.stderr == "mta: MTA_CONNECTIONS: 'many' is not a number\n"


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in tasks.read_text().split()] if tasks.exists() else []
