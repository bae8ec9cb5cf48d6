"""The whole way of a mailing: from "send" to the last final ledger row, on real processes, into a local sink."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench import harness
from bench.harness import Product
from bench.sink import sink_command
from config.child import free_port

PROCESSES = ("web", "worker", "scheduler", "ingest", "mta")


@dataclass(frozen=True)
class Sent:
    """A mailing that is over: counts from the ledger, and the seconds from the order to the last final row."""

    tenant: int
    mailing: int
    wall_s: float
    accepted: int
    total: int


def send(product: Product, recipients: int, *, slug: str, seconds: float, extra: tuple[str, ...] = ()) -> Sent:
    """Make a workspace of its own with an audience, send it a mailing, and wait until it is finished."""
    made = subprocess.run(
        [sys.executable, "-m", "bench.audience", "--slug", slug, "--recipients", str(recipients), *extra],
        cwd=harness.ROOT, env=product.env, check=True, capture_output=True, text=True,
    )  # fmt: skip
    ids = json.loads(made.stdout)
    with psycopg.connect(product.services.database_url, autocommit=True) as connection:
        query = "SELECT finished_at FROM launches WHERE tenant_id = %s AND mailing_id = %s"
        key = [ids["tenant"], ids["mailing"]]

        def finished() -> bool:
            row = connection.execute(query, key).fetchone()
            return bool(row and row[0])

        product.wait_for("the end of the mailing", finished, seconds=seconds, every=0.2)
        row = connection.execute(
            "SELECT extract(epoch FROM finished_at - requested_at), accepted, total FROM launches"
            " WHERE tenant_id = %s AND mailing_id = %s", key,
        ).fetchone()  # fmt: skip
    assert row is not None
    return Sent(ids["tenant"], ids["mailing"], float(row[0]), row[1], row[2])


def lost_and_duplicated(record: Path, expected: int) -> tuple[int, int]:
    """Count from the sink's record, a line for each accepted recipient."""
    got = Counter(record.read_bytes().split(b"\n")[:-1])
    return expected - len(got), sum(got.values()) - len(got)


def measured(recipients: int, notes: list[str]) -> Mapping[str, float]:
    """One round on fresh servers: the sink keeps nothing where the ledger is asked for rates."""
    port = free_port()
    command, name = sink_command(port, python=sys.executable)
    notes[:] = [f"sink: {name}", "lost and duplicated: from the ledger and a recording run of 5,000"]
    with harness.product(env={"MTA_RELAY": f"127.0.0.1:{port}"}) as product:
        product.start("sink", command)
        for process in PROCESSES:
            product.start(process)
        product.wait_for_web()
        send(product, 500, slug="warm", seconds=60)
        with product.metered() as usage:
            sent = send(product, recipients, slug="bench", seconds=600)
        figures = {"rate": sent.accepted / sent.wall_s, "wall_s": sent.wall_s}
        for process in ("web", "worker", "ingest", "mta", "redis", "postgres"):
            figures[f"{process}_cpu_per_1k"] = usage[process].cpu_per_1k(recipients)
        for process in ("mta", "worker", "ingest"):
            figures[f"{process}_rss_mb"] = usage[process].peak_rss_mb
        return figures


def counted(recipients: int) -> Mapping[str, float]:
    """A run into a sink that writes down who got it."""
    port = free_port()
    with harness.product(env={"MTA_RELAY": f"127.0.0.1:{port}"}) as product:
        record = product.var / "record"
        product.start("sink", sink_command(port, record=record, python=sys.executable)[0])
        for process in PROCESSES[1:]:
            product.start(process)
        send(product, recipients, slug="counted", seconds=300)
        lost, duplicated = lost_and_duplicated(record, recipients)
        return {"lost": lost, "duplicated": duplicated}


def main() -> None:
    parser = harness.parser(__doc__ or "")
    parser.add_argument("--recipients", type=int, default=50_000)
    options = parser.parse_args()
    recipients = 5_000 if options.quick else options.recipients
    notes: list[str] = []
    figures = harness.in_turn(1 if options.quick else options.rounds, {"": lambda: measured(recipients, notes)})
    figures |= counted(5_000)
    harness.report("main_job", figures, [f"{recipients:,} recipients, 16 KB, 15 links, 5 values", *notes])


if __name__ == "__main__":
    main()
