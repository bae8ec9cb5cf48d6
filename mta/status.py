"""``python -m mta status``: what all processes do, as a table in the terminal, until Ctrl-C."""

from __future__ import annotations

import sys
import time
from typing import Any

from redis import Redis

from mta.client import Client
from mta.contract import Lane

CLEAR = "\x1b[H\x1b[2J"


def show(redis_url: str, *, once: bool) -> None:
    """Print the table, again every second unless `once`."""
    client = Client(Redis.from_url(redis_url))
    before: tuple[float, int] | None = None
    while True:
        processes = client.status()
        now, done = time.monotonic(), sum(process["accepted"] for process in processes)
        rate = max(0.0, (done - before[1]) / (now - before[0])) if before else None
        before = (now, done)
        print(("" if once else CLEAR) + table(processes, client.queued(), rate), flush=True)
        if once:
            return
        try:
            time.sleep(1)
        except KeyboardInterrupt:
            sys.exit(0)


def table(processes: list[dict[str, Any]], queued: dict[Lane, int], rate: float | None) -> str:
    """Return the table: processes and lanes first, then destinations, the busiest first."""
    speed = "" if rate is None else f", {rate:,.0f} accepted a second"
    lines = [f"{len(processes)} processes, {sum(p['unrecorded'] for p in processes)} outcomes not written{speed}", ""]
    lines += [f"  {lane.value:<14}{count:>12,} queued" for lane, count in queued.items()]
    lines += ["", f"  {'destination':<40}{'connections':>12}{'waiting':>10}  last reply"]
    rows: dict[str, dict[str, Any]] = {}
    for process in processes:
        for name, one in process["destinations"].items():
            row = rows.setdefault(name, {"connections": 0, "waiting": 0, "reply": ""})
            row["connections"] += one["connections"]
            row["waiting"] += one["waiting"]
            row["reply"] = f"! {one['trouble']}" if one["trouble"] else row["reply"] or one["last_reply"]
    busiest = sorted(rows.items(), key=lambda item: -item[1]["waiting"])
    lines += [f"  {name:<40}{r['connections']:>12}{r['waiting']:>10}  {r['reply'][:60]}" for name, r in busiest]
    return "\n".join(lines)
