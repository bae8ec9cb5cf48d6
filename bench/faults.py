"""A hundred kills and all other troubles, on runs of 10,000 recipients: who was lost, who got it twice, and why.

The scenarios are those of ``tests/faults``, where CI runs them smaller.
"""

from __future__ import annotations

from bench import harness
from bench.harness import say
from tests.faults.running import Verdict, park
from tests.faults.scenarios import SERVERS, TROUBLES, killed, redis_killed, server

KILLS_A_RUN = 10


def main() -> None:
    parser = harness.parser(__doc__ or "")
    parser.add_argument("--recipients", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=100)
    options = parser.parse_args()
    recipients, kills = (500, 4) if options.quick else (options.recipients, options.kills)
    each = min(KILLS_A_RUN, kills)
    verdicts: list[Verdict] = []
    with park() as opened:
        runs = [killed(each, seed) for seed in range(kills // each)]
        runs += [redis_killed] if options.quick else [*TROUBLES.values(), *map(server, SERVERS)]
        for run in runs:
            verdicts.append(run(opened, recipients))
            say(str(verdicts[-1]))
    notes = [str(verdict) for verdict in verdicts]
    figures = {name: sum(getattr(v, name) for v in verdicts) for name in ("kills", "lost", "duplicated")}
    figures["unexplained_duplicates"] = sum(verdict.unexplained for verdict in verdicts)
    harness.report("faults", {**figures, "worst_finish_s": max(verdict.finish_s for verdict in verdicts)}, notes)


if __name__ == "__main__":
    main()
