"""Which of our addresses a mail leaves from, and how many may leave from a new one each day (warm-up).

The choice depends on the recipient's address alone, so a retry comes from where the first attempt came from, which is
what greylisting waits for. Only an address that may send no more today is passed over, for the next in the same order.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from zlib import crc32

from mta.ceilings import Ceiling
from mta.ports import Route, Source

LONGEST_WAIT = 3600.0


class Sources:
    """Pools of addresses. `tenants`: which pool is whose; `default`: everybody else's, empty: the system decides."""

    def __init__(
        self,
        default: Sequence[Source] = (),
        tenants: Mapping[int, Sequence[Source]] | None = None,
        ceilings: Mapping[str, Ceiling] | None = None,
    ) -> None:
        self._default = tuple(default)
        self._tenants = {tenant: tuple(pool) for tenant, pool in (tenants or {}).items()}
        self._ceilings = dict(ceilings or {})

    def ceiling(self, source: Source) -> Ceiling | None:
        return self._ceilings.get(source.address)

    def choose(self, route: Route, tenant: int, recipient: str) -> Source | float:
        """Return the address to use, or how many seconds to wait where none may send any more today."""
        pool = self._tenants.get(tenant, self._default)
        if not pool:
            return route.source
        reachable = [source for source in pool if _reaches(source, route)] or pool
        now = time.monotonic()
        open_ones = [source for source in reachable if not self._is_full(source, now)]
        if not open_ones:
            waits = [self._ceilings[source.address].full_until - now for source in reachable]
            return min(*waits, LONGEST_WAIT)
        if len(open_ones) == 1:
            return open_ones[0]
        return max(open_ones, key=lambda source: crc32(f"{source.address} {recipient}".encode()))

    def _is_full(self, source: Source, now: float) -> bool:
        ceiling = self._ceilings.get(source.address)
        return ceiling is not None and ceiling.full(now)


def _reaches(source: Source, route: Route) -> bool:
    """Tell whether one of the route's servers has an address of the same family; of a name nothing is known."""
    version6 = ":" in source.address
    literals = [a for host in route.hosts for a in host.addresses if a.replace(".", "").isdigit() or ":" in a]
    return not literals or any((":" in address) == version6 for address in literals)
