"""Who waits for whom: a small tenant beside a huge one, and breaking news during a huge bulk mailing.

The MTA alone, with batches in Redis: 2,000,000 recipients of one tenant queued and under way when another hands over
200; then 1,000,000 in the lane `bulk` under way when 100,000 breaking ones come. `breaking_overtake_s`: from
handing these over to the first that is accepted; `bulk_in_between_share`: how much of what was accepted from then on
to the last breaking one was bulk (a process finishes what it has sent off).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
from redis import Redis

from bench import harness
from bench.harness import Product
from bench.mta import batches, engines, plan_of, sinking
from mta.client import Client, OutcomeStream
from mta.contract import Lane, Outcomes, Plan

HUGE, SMALL, BULK, BREAKING = 2_000_000, 200, 1_000_000, 100_000
PACE_SECONDS = 120.0


@dataclass(frozen=True)
class Sizes:
    huge: int = HUGE
    bulk: int = BULK
    breaking: int = BREAKING


def told(product: Product, stream: OutcomeStream, seconds: float) -> Iterator[Outcomes]:
    """Yield outcomes as they are said, for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        product.require_alive()
        entries = stream.read(500, 20)
        stream.ack([entry_id for entry_id, _ in entries])
        yield from (entry for _, entry in entries)
    raise TimeoutError(f"this took more than {seconds:.0f} s")


def plan(tenant: int, mailing: str, lane: Lane) -> Plan:
    return msgspec.structs.replace(
        plan_of("unsigned"), id=f"{tenant}-{mailing}", tenant=tenant, mailing=mailing, lane=lane
    )


def hand_over(client: Client, made: Plan, count: int) -> None:
    """Hand over in portions, so that the batches of a huge mailing never lie in this process all at once."""
    client.put_plan(made)
    portion = []
    for batch in batches(made, count):
        portion.append(batch)
        if len(portion) == 100:
            client.submit_many(portion)
            portion.clear()
    client.submit_many(portion)


def begun(product: Product, stream: OutcomeStream) -> None:
    """Wait until a second has passed since the first outcome."""
    first = None
    for _ in told(product, stream, 60):
        first = first or time.monotonic()
        if time.monotonic() - first > 1:
            return


def small_tenant(product: Product, redis: Redis, sizes: Sizes) -> Mapping[str, float]:
    client, stream = Client(redis), OutcomeStream(redis, "bench")
    hand_over(client, plan(1, "huge", Lane.NORMAL), sizes.huge)
    begun(product, stream)
    started, final = time.monotonic(), 0
    hand_over(client, plan(2, "small", Lane.NORMAL), SMALL)
    for entry in told(product, stream, PACE_SECONDS):
        final += len(entry.outcomes) if entry.tenant == 2 else 0
        if final == SMALL:
            break
    return {"small_tenant_s": time.monotonic() - started}


def breaking(product: Product, redis: Redis, sizes: Sizes) -> Mapping[str, float]:
    client, stream = Client(redis), OutcomeStream(redis, "bench")
    hand_over(client, plan(1, "bulk", Lane.BULK), sizes.bulk)
    begun(product, stream)
    started, first, final, bulk, between = time.time(), 0.0, 0, 0, 0
    hand_over(client, plan(2, "breaking", Lane.BREAKING), sizes.breaking)
    for entry in told(product, stream, PACE_SECONDS):
        if entry.tenant == 2:
            final += len(entry.outcomes)
            first = first or entry.outcomes[0].at
            bulk = between
        elif first:
            between += len(entry.outcomes)
        if final == sizes.breaking:
            break
    return {"breaking_overtake_s": first - started, "bulk_in_between_share": bulk / (bulk + final)}


def measured(sizes: Sizes) -> Mapping[str, float]:
    figures: dict[str, float] = {}
    for story in (small_tenant, breaking):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="messagepark-bench-")))
            product, redis = stack.enter_context(engines(folder, stack.enter_context(sinking())))
            figures |= story(product, redis, sizes)
    return figures


def main() -> None:
    options = harness.parser(__doc__ or "").parse_args()
    sizes = Sizes(60_000, 60_000, 5_000) if options.quick else Sizes()
    figures = harness.in_turn(1 if options.quick else options.rounds, {"": lambda: measured(sizes)})
    notes = [f"{SMALL} beside {sizes.huge:,}; {sizes.breaking:,} breaking ones during {sizes.bulk:,} of bulk; unsigned"]
    harness.report("fairness", figures, notes)


if __name__ == "__main__":
    main()
