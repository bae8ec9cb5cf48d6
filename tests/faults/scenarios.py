"""What is done to a mailing. Each scenario takes a park and a number of recipients, and says what came of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from tests.faults.running import Park, Verdict

Scenario = Callable[[Park, int], Verdict]
# Servers that answer as they should not, and how often.
SERVERS: dict[str, dict[str, float]] = {
    "drops the connection after DATA": {"drop_after_data": 100},
    "answers after the time-out": {"late_every": 200, "delay": 3},
    "says 421 in the middle of a pipeline": {"close_every": 100},
    "puts every third mail off": {"defer_every": 3},
    "never answers some": {"hang_every": 200},
    "answers garbage": {"garbage_every": 200},
    "answers with ten megabytes": {"huge_every": 300},
    "presents noise for a certificate": {"broken_tls": 1},
}


def server(name: str) -> Scenario:
    return lambda park, recipients: park.disturb(f"a server that {name}", recipients, **SERVERS[name])


def killed(count: int, seed: int) -> Scenario:
    """Kill so many processes of any kind, at moments that chance chooses."""
    chance = random.Random(seed)
    return lambda park, recipients: park.disturb(
        f"{count} kills, seed {seed}", recipients, lambda _: park.kill_at_random(count, recipients, chance)
    )


def redis_killed(park: Park, recipients: int) -> Verdict:
    def trouble(_: Park) -> None:
        for part in (3, 2):
            park.until(recipients // part)
            park.product.kill_redis()
            park.kills += 1

    return park.disturb("Redis killed twice", recipients, trouble)


def postgres_killed(park: Park, recipients: int) -> Verdict:
    def trouble(_: Park) -> None:
        for part in (3, 2):
            park.until(recipients // part)
            park.product.kill_postgres()
            park.kills += 1

    return park.disturb("PostgreSQL killed twice", recipients, trouble)


def redis_forgets(park: Park, recipients: int) -> Verdict:
    def trouble(_: Park) -> None:
        park.until(recipients // 3)
        park.flush()

    return park.disturb("Redis forgets everything", recipients, trouble)


def two_schedulers(park: Park, recipients: int) -> Verdict:
    """Two run; the one that leads is killed in the middle."""

    def trouble(_: Park) -> None:
        park.until(recipients // 3)
        park.kill("scheduler")

    park.product.start("second", ["python", "-m", "worker", "schedule"])
    verdict = park.disturb("two schedulers", recipients, trouble)
    park.product.stop("second")
    return verdict


def clock_jumps(park: Park, recipients: int) -> Verdict:
    """The clocks of the MTA and the worker jump an hour ahead, then an hour behind the true time; some are put off."""
    offset, aside = park.product.var / "clock", park.product.var / "clock.new"
    env = {"PYTHONPATH": str(Path(__file__).with_name("clock")), "MOVED_CLOCK": str(offset)}

    def jump(seconds: int) -> None:
        aside.write_text(str(seconds))
        aside.rename(offset)

    def trouble(_: Park) -> None:
        for part in ("worker", "mta"):
            park.kill(part, env=env)
        for part, seconds in ((3, 3600), (2, -3600)):
            park.until(recipients // part)
            jump(seconds)

    jump(0)
    verdict = park.disturb("the clock jumps", recipients, trouble, defer_every=10)
    park.kill("worker")
    return verdict


def bad_server(park: Park, recipients: int) -> Verdict:
    """All that a server can do wrong, at once."""
    habits = {name: value for habit in SERVERS.values() for name, value in habit.items()}
    return park.disturb("a server with every bad habit", recipients, **habits)


TROUBLES: dict[str, Scenario] = {
    "Redis killed": redis_killed,
    "PostgreSQL killed": postgres_killed,
    "Redis forgets": redis_forgets,
    "two schedulers": two_schedulers,
    "the clock jumps": clock_jumps,
    "a bad server": bad_server,
}
