"""What a process counts, for Prometheus and for `python -m mta status`. Counting a mail is adding one to a dict."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class Counts:
    """One process's counters since it started."""

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.bounces: Counter[tuple[str, str]] = Counter()
        self.commits = 0
        self.committed = 0
        self.largest_commit = 0
        self.loop_lag = 0.0
        self.started = time.time()

    def outcome(self, lane: str, status: str, bounce: str) -> None:
        self.outcomes[lane, status] += 1
        if bounce:
            self.bounces[status, bounce] += 1

    def commit(self, count: int) -> None:
        self.commits += 1
        self.committed += count
        self.largest_commit = max(self.largest_commit, count)


class EngineCollector(Collector):
    """Shows counts and the engine's present state (`state`, as in `Engine.state`) to Prometheus."""

    def __init__(self, counts: Counts, state: Callable[[], dict[str, Any]]) -> None:
        self._counts = counts
        self._state = state

    def collect(self) -> Iterator[Metric]:
        counts, state = self._counts, self._state()
        outcomes = CounterMetricFamily("mta_outcomes", "Outcomes", labels=["lane", "status"])
        for labels, number in counts.outcomes.items():
            outcomes.add_metric(labels, number)
        yield outcomes
        bounces = CounterMetricFamily("mta_refusals", "Refusals by class", labels=["status", "bounce"])
        for labels, number in counts.bounces.items():
            bounces.add_metric(labels, number)
        yield bounces
        yield CounterMetricFamily("mta_commits", "Group commits", value=counts.commits)
        yield CounterMetricFamily("mta_committed", "Outcomes in group commits", value=counts.committed)
        yield GaugeMetricFamily("mta_event_loop_lag_seconds", "How late the last tick was", value=counts.loop_lag)
        yield GaugeMetricFamily("mta_held_batches", "Batches held", value=state["held"])
        yield GaugeMetricFamily("mta_waiting", "Recipients waiting in the process", value=state["waiting"])
        yield GaugeMetricFamily("mta_unrecorded", "Outcomes not written yet", value=state["unrecorded"])
        waiting = GaugeMetricFamily("mta_destination_waiting", "Recipients waiting", labels=["destination"])
        connections = GaugeMetricFamily("mta_destination_connections", "Connections", labels=["destination"])
        for name, destination in state["destinations"].items():
            waiting.add_metric([name], destination["waiting"])
            connections.add_metric([name], destination["connections"])
        yield waiting
        yield connections


def serve(counts: Counts, state: Callable[[], dict[str, Any]], port: int) -> None:
    """Answer Prometheus on 127.0.0.1."""
    registry = CollectorRegistry()
    registry.register(EngineCollector(counts, state))
    start_http_server(port, addr="127.0.0.1", registry=registry)
