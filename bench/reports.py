"""The report of a mailing to a million people with three million events: its pages, its people's, and its workbook."""

from __future__ import annotations

import json
import subprocess
import sys

from bench import harness
from bench.harness import ROOT


def main() -> None:
    options = harness.parser(__doc__ or "").parse_args()
    count, times = (20_000, 8) if options.quick else (1_000_000, 20)
    with harness.product(durable=False) as product:
        command = [sys.executable, "-m", "bench.readers", str(count), "--times", str(times)]
        answer = subprocess.run(command, cwd=ROOT, env=product.env, check=True, stdout=subprocess.PIPE, text=True)
        figures = json.loads(answer.stdout.splitlines()[-1])
    slowest = figures.pop("slowest")
    notes = [
        f"p95 of the slowest page of the report, and of its people, of {times} calls each: {slowest}",
        "answers and events came in through the code of ingest; every counter was compared with a recount before",
        "xlsx_1m_s: asked for and read to its end, with a row for each recipient; xlsx_rss_mb: the most memory that the"
        " whole process ever held, application and set-up included",
        "readers_first_ms: opens and clicks by a field of the people, worked out from the ledger; readers_ms: the same"
        " page within ten minutes after that (median)",
    ]
    harness.report("reports", figures, notes)


if __name__ == "__main__":
    main()
