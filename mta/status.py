"""``python -m mta status``: what all processes do, as a table in the terminal, until Ctrl-C."""

from __future__ import annotations

import shutil
import sys
import time

from redis import Redis

from mta.overview import DestinationView, Overview, TenantView, overview

CLEAR = "\x1b[H\x1b[2J"


def show(redis_url: str, *, once: bool) -> None:
    """Print the table, again every second unless `once`."""
    redis = Redis.from_url(redis_url)
    while True:
        width, height = shutil.get_terminal_size((120, 1000))
        text = table(overview(redis), width)
        print(text if once else CLEAR + "\n".join(text.split("\n")[: height - 1]), flush=True)
        if once:
            return
        try:
            time.sleep(1)
        except KeyboardInterrupt:
            sys.exit(0)


def table(seen: Overview, width: int = 120) -> str:
    """Return the table: processes and lanes first, then destinations in trouble, then the busy ones, then tenants."""
    rate, unwritten = sum(one.rate for one in seen.engines), sum(one.unrecorded for one in seen.engines)
    lines = [f"{len(seen.engines)} processes, {rate:,.0f} accepted a second, {unwritten:,} outcomes not written"]
    if seen.refused:
        lines.append(f"! NO NEW WORK: {seen.refused}")
    if seen.logged:
        lines.append(f"each attempt is logged of: {', '.join(seen.logged)}")
    lines += ["", f"  {'lane':<14}{'queued':>12}{'oldest':>10}"]
    lines += [f"  {lane:<14}{view.queued:>12,}{_age(view.oldest):>10}" for lane, view in seen.lanes.items()]
    lines += ["", f"  {'destination':<40}{'connections':>12}{'waiting':>10}{'a second':>10}  last reply"]
    lines += [_destination(one) for one in seen.destinations]
    if seen.tenants:
        lines += ["", f"  {'tenant':<10}{'queued':>12}{'later':>12}{'a second':>10}{'oldest':>10}{'this hour':>22}"]
        lines += [_tenant(one) for one in seen.tenants]
    return "\n".join(line[:width] for line in lines)


def _destination(one: DestinationView) -> str:
    word = "suspended: " if one.suspended else ""
    said = f"! {word}{one.trouble}" if one.trouble or word else one.last_reply
    return f"  {one.key[:39]:<40}{one.connections:>12}{one.waiting:>10,}{one.rate:>10,.1f}  {said}"


def _tenant(one: TenantView) -> str:
    hour = f"{one.spent:,} of {one.quota:,}" if one.quota else ""
    row = f"  {one.tenant:<10}{sum(one.queued.values()):>12,}{one.later:>12,}{one.rate:>10,.1f}{_age(one.oldest):>10}"
    why = "  ! stopped: " + one.stopped if one.stopped is not None else ""
    if one.waits_for_quota:
        why += f"  waits {_age(one.hour_ends)} for the next hour"
    return f"{row}{hour:>22}{why}"


def _age(seconds: float) -> str:
    if not seconds:
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
