"""The whole way of a mailing: from "send" to the last final ledger row, on real processes, into a local sink.

`rate` counts from the first slice fed to the MTA to the last final row, `wall_s` from the order. The mails are signed
with RSA-2048; the figures that begin with ``ed25519_`` and ``unsigned_`` are of the same mailing signed otherwise.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from bench import harness
from bench.harness import Product
from bench.meter import Usage
from bench.signing import KINDS
from bench.sink import built_in
from config.child import free_port

PROCESSES = ("web", "worker", "scheduler", "ingest", "mta")


@dataclass(frozen=True)
class Sent:
    """A mailing that is over: the seconds to the last final row from the order (`wall_s`) and from the first slice that
    was fed (`fed_s`), counts from the ledger, and what each process used."""

    wall_s: float
    fed_s: float
    accepted: int
    total: int
    usage: Mapping[str, Usage]


def send(product: Product, recipients: int, *, slug: str, seconds: float, extra: tuple[str, ...] = ()) -> Sent:
    """Make a workspace of its own with an audience, send it a mailing, and wait until it is finished.

    What the processes use is measured from the moment of the order.
    """
    making = subprocess.Popen(
        [sys.executable, "-m", "bench.audience", "--slug", slug, "--recipients", str(recipients), *extra],
        cwd=harness.ROOT, env=product.env, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with psycopg.connect(product.services.database_url, autocommit=True) as connection:

        def launch(columns: str, where: str = "true") -> tuple[Any, ...] | None:
            if making.poll():
                raise RuntimeError("the audience could not be made")
            query = (
                f"SELECT {columns} FROM launches l JOIN tenants t ON t.id = l.tenant_id WHERE t.slug = %s AND {where}"
            )
            return connection.execute(query, [slug]).fetchone()

        product.wait_until("the order", lambda: launch("true"), seconds=seconds, every=0.01)
        with product.metered() as usage:
            fed = product.wait_until("a slice", lambda: launch("now()", "fed_through > 0"), seconds=seconds, every=0.01)
            product.wait_until("the end", lambda: launch("true", "finished_at IS NOT NULL"), seconds=seconds, every=0.1)
        sent = launch(
            "extract(epoch FROM finished_at - requested_at)::float8,"
            f" extract(epoch FROM finished_at - timestamptz '{fed[0]}')::float8, accepted, total"
        )
    making.wait()
    assert sent is not None
    return Sent(*sent, usage)


def lost_and_duplicated(record: Path, expected: int) -> tuple[int, int]:
    """Count from the sink's record, a line for each accepted recipient."""
    got = Counter(record.read_bytes().split(b"\n")[:-1])
    return expected - len(got), sum(got.values()) - len(got)


def measured(recipients: int, kind: str, notes: list[str]) -> Mapping[str, float]:
    """One round on fresh servers, signed with this kind of key. The sink keeps nothing: the ledger is asked."""
    port = free_port()
    notes[:] = [
        "sink: the built-in one, which takes a quarter of smtp-sink's processor time from what is measured",
        "lost and duplicated: from a run into a sink that writes down who got it",
    ]
    with harness.product(env={"MTA_RELAY": f"127.0.0.1:{port}"}) as product:
        subprocess.run([sys.executable, "-m", "bench.signing", kind], cwd=harness.ROOT, env=product.env, check=True)
        product.start("sink", built_in(port, sys.executable))
        for process in PROCESSES:
            product.start(process)
        product.wait_for_web()
        send(product, 500, slug="warm", seconds=60)
        sent = send(product, recipients, slug="bench", seconds=600)
        figures = {"rate": sent.accepted / sent.fed_s, "wall_s": sent.wall_s}
        for process in ("web", "worker", "ingest", "mta", "redis", "postgres"):
            figures[f"{process}_cpu_per_1k"] = sent.usage[process].cpu_per_1k(recipients)
        for process in ("mta", "worker", "ingest"):
            figures[f"{process}_rss_mb"] = sent.usage[process].peak_rss_mb
        return figures


def counted(recipients: int) -> Mapping[str, float]:
    """A run into a sink that writes down who got it."""
    port = free_port()
    with harness.product(env={"MTA_RELAY": f"127.0.0.1:{port}"}) as product:
        record = product.var / "record"
        product.start("sink", built_in(port, sys.executable, record=record))
        for process in PROCESSES[1:]:
            product.start(process)
        send(product, recipients, slug="counted", seconds=300)
        lost, duplicated = lost_and_duplicated(record, recipients)
        return {"lost": lost, "duplicated": duplicated}


def main() -> None:
    parser = harness.parser(__doc__ or "")
    parser.add_argument("--recipients", type=int, default=50_000)
    parser.add_argument("--signing", nargs="+", choices=KINDS, default=KINDS, help="only with these kinds of key")
    parser.add_argument("--rates-only", action="store_true", help="leave out the run that counts lost and duplicated")
    options = parser.parse_args()
    recipients = 5_000 if options.quick else options.recipients
    notes: list[str] = []
    names = {kind: "" if kind == "rsa2048" else kind for kind in KINDS if kind in options.signing}
    runs = {name: partial(measured, recipients, kind, notes) for kind, name in names.items()}
    figures = harness.in_turn(1 if options.quick else options.rounds, runs)
    if not options.rates_only:
        figures |= counted(1_000 if options.quick else 5_000)
    harness.report("main_job", figures, [f"{recipients:,} recipients, 16 KB, 15 links, 5 values", *notes])


if __name__ == "__main__":
    main()
