"""Whatever happens in the middle of a mailing, nobody is lost, and nobody gets it twice without a known reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.running import Park, park
from tests.faults.scenarios import TROUBLES, killed

pytestmark = pytest.mark.fault
RECIPIENTS = 2_000
RUNS = 3
KILLS = 5


@pytest.fixture(scope="module")
def opened() -> Iterator[Park]:
    with park() as found:
        yield found


@pytest.mark.parametrize("seed", range(RUNS))
def test_killed_processes_lose_nobody(opened: Park, seed: int) -> None:
    killed(KILLS, seed)(opened, RECIPIENTS).hold()


@pytest.mark.parametrize("name", TROUBLES)
def test_troubles_lose_nobody(opened: Park, name: str) -> None:
    TROUBLES[name](opened, RECIPIENTS // 2).hold()
