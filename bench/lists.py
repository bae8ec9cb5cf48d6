"""A million people: pages, searches by any part, a typical segment's count, and an audience into the ledger."""

from __future__ import annotations

import json
import subprocess
import sys

from bench import harness
from bench.harness import ROOT


def main() -> None:
    options = harness.parser(__doc__ or "").parse_args()
    count, times = (50_000, 8) if options.quick else (1_000_000, 20)
    with harness.product() as product:
        command = [sys.executable, "-m", "bench.crowd", str(count), "--times", str(times)]
        answer = subprocess.run(command, cwd=ROOT, env=product.env, check=True, stdout=subprocess.PIPE, text=True)
        figures = json.loads(answer.stdout.splitlines()[-1])
    slowest = figures.pop("slowest")
    notes = [
        f"p95 of the slowest page and of the slowest search, of {times} calls each: {slowest}",
        "audience_1m_s: a segment of everybody, list_1m_s: a list, from launch to the last ledger row, links and quota",
        "the typical segment: subscribed, one town, an age, opened within 30 days; with its 20 newest people",
    ]
    harness.report("lists", figures, notes)


if __name__ == "__main__":
    main()
