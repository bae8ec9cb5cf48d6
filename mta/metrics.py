"""What a process counts, for Prometheus and for `python -m mta status`. Counting a mail is adding one to some dicts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import RedisError

from mta.overview import LaneView
from mta.rates import Rates
from mta.state import ProcessState

NAMES = 50
NAMED_AFTER = 100
REMEMBERED = 20_000
OTHER = "other"
COMMIT_BUCKETS = (1, 3, 10, 30, 100, 300, 1000, 3000)


class Names:
    """Labels of bounded number: the first that are seen often get a name of their own, all the rest is `other`.

    A name is never taken away, so that what is counted under it only ever rises, as Prometheus wants it.
    """

    def __init__(self, most: int = NAMES, after: int = NAMED_AFTER) -> None:
        self._most = most
        self._after = after
        self._named: dict[str, str] = {}
        self._seen: Counter[str] = Counter()

    def label(self, name: str) -> str:
        named = self._named.get(name)
        if named is not None:
            return named
        if len(self._named) >= self._most:
            return OTHER
        self._seen[name] += 1
        if self._seen[name] > self._after:
            self._named[name] = name
            del self._seen[name]
        elif len(self._seen) > REMEMBERED:
            self._seen.clear()
        return OTHER


class Counts:
    """One process's counters since it started."""

    def __init__(self) -> None:
        now = time.monotonic()
        self.lanes: Counter[tuple[str, str]] = Counter()
        self.tenants: Counter[tuple[str, str, str]] = Counter()
        self.destinations: Counter[tuple[str, str]] = Counter()
        self.refusals: Counter[tuple[str, str]] = Counter()
        self.complaints: Counter[tuple[str, str]] = Counter()
        self.commits: Counter[int] = Counter()
        self.committed = 0
        self.loop_lag = 0.0
        self.started = time.time()
        self.tenant_rates: Rates[int] = Rates(now)
        self.destination_rates: Rates[str] = Rates(now)
        self._tenant_names = Names()
        self._destination_names = Names()

    @property
    def accepted(self) -> int:
        return sum(number for (_, status), number in self.lanes.items() if status == "accepted")

    def outcome(self, tenant: int, lane: str, destination: str, status: str, bounce: str) -> None:
        self.lanes[lane, status] += 1
        self.tenants[self._tenant_names.label(str(tenant)), lane, status] += 1
        if bounce:
            self.refusals[status, bounce] += 1
        if destination:
            self.destinations[self._destination_names.label(destination), status] += 1
            self.destination_rates.count(destination)
        if status == "accepted":
            self.tenant_rates.count(tenant)

    def complaint(self, destination: str, kind: str) -> None:
        self.complaints[self._destination_names.label(destination), kind] += 1

    def commit(self, count: int) -> None:
        self.commits[next((bound for bound in COMMIT_BUCKETS if count <= bound), 0)] += 1
        self.committed += count

    def settle(self, now: float) -> None:
        """Bring the rates up to date."""
        self.tenant_rates.settle(now)
        self.destination_rates.settle(now)


class EngineCollector(Collector):
    """Shows counts, what the engine says of itself and, if given, the queues of all engines to Prometheus."""

    def __init__(
        self, counts: Counts, state: Callable[[], ProcessState], lanes: Callable[[], dict[str, LaneView]] | None = None
    ) -> None:
        self._counts = counts
        self._state = state
        self._lanes = lanes

    def collect(self) -> Iterator[Metric]:
        yield from self._counters()
        yield from self._commits()
        yield from self._present(self._state())
        if self._lanes is not None:
            with suppress(RedisError):
                yield from _queues(self._lanes())

    def _counters(self) -> Iterator[Metric]:
        counts = self._counts
        yield _counter("mta_outcomes", "Outcomes", ["lane", "status"], counts.lanes)
        yield _counter("mta_tenant_outcomes", "Outcomes by tenant", ["tenant", "lane", "status"], counts.tenants)
        labels = ["destination", "status"]
        yield _counter("mta_destination_outcomes", "Outcomes by destination", labels, counts.destinations)
        yield _counter(
            "mta_refusals", "Deferrals, bounces and expiries by class", ["status", "bounce"], counts.refusals
        )

        text = "Connections that a policy in testing (MTA-STS) would have refused"
        yield _counter("mta_sts_complaints", text, ["destination", "kind"], counts.complaints)

    def _commits(self) -> Iterator[Metric]:
        total, buckets = 0, []
        for bound in COMMIT_BUCKETS:
            total += self._counts.commits[bound]
            buckets.append((str(bound), float(total)))
        buckets.append(("+Inf", float(total + self._counts.commits[0])))
        sizes = HistogramMetricFamily("mta_commit_size", "Outcomes in a group commit")
        sizes.add_metric([], buckets, self._counts.committed)
        yield sizes

    def _present(self, state: ProcessState) -> Iterator[Metric]:
        yield _gauge("mta_event_loop_lag_seconds", "How late the last tick was", state.lag)
        yield _gauge("mta_held_batches", "Batches held", state.held)
        yield _gauge("mta_waiting", "Recipients waiting in the process", state.waiting)
        yield _gauge("mta_unrecorded", "Outcomes not written yet", state.unrecorded)
        yield _gauge("mta_spool_refuses", "1 while Redis is there and takes nothing", bool(state.refused))
        busiest = sorted(state.destinations.items(), key=lambda item: (-item[1].connections, -item[1].waiting))
        waiting, connections = [], []
        for name, one in busiest[:NAMES]:
            waiting.append(([name], one.waiting))
            connections.append(([name], one.connections))
        rest = [one for _, one in busiest[NAMES:]]
        waiting.append(([OTHER], sum(one.waiting for one in rest)))
        connections.append(([OTHER], sum(one.connections for one in rest)))
        yield _gauges("mta_destination_waiting", "Recipients waiting in the process", ["destination"], waiting)
        yield _gauges("mta_destination_connections", "Connections", ["destination"], connections)


def _queues(lanes: dict[str, LaneView]) -> Iterator[Metric]:
    depth = [([lane], view.queued) for lane, view in lanes.items()]
    yield _gauges("mta_queued", "Recipients queued or in flight, all processes", ["lane"], depth)
    age = [([lane], view.oldest) for lane, view in lanes.items()]
    yield _gauges("mta_oldest_seconds", "How long the oldest batch has been queued", ["lane"], age)


def _counter(
    name: str,
    text: str,
    labels: list[str],
    counts: Counter[tuple[str, ...]] | Counter[tuple[str, str]] | Counter[tuple[str, str, str]],
) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, number in list(counts.items()):
        family.add_metric(list(values), number)
    return family


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _gauges(name: str, text: str, labels: list[str], values: Iterable[tuple[list[str], float]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for label, value in values:
        family.add_metric(label, value)
    return family


def serve(
    counts: Counts,
    state: Callable[[], ProcessState],
    port: int,
    lanes: Callable[[], dict[str, LaneView]] | None = None,
) -> None:
    """Answer Prometheus on 127.0.0.1."""
    registry = CollectorRegistry()
    registry.register(EngineCollector(counts, state, lanes))
    start_http_server(port, addr="127.0.0.1", registry=registry)
