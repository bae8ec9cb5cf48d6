"""Plans as this process has compiled them; the ones used last are kept."""

from __future__ import annotations

from collections import OrderedDict

from mta.merge import CompiledPlan
from mta.ports import Spool
from mta.signing import KeyRing

KEPT = 64
KEPT_BYTES = 128 * 1024 * 1024


class Plans:
    """Fetches plans from the spool and compiles them, with their keys opened."""

    def __init__(self, spool: Spool, keys: KeyRing) -> None:
        self._spool = spool
        self._keys = keys
        self._compiled: OrderedDict[str, CompiledPlan] = OrderedDict()

    async def get(self, plan_id: str) -> CompiledPlan | None:
        """Return a plan, or None where the spool does not have it.

        Raises:
            PlanError: it cannot become a mail.
            BadKey: it may not be signed.
            SpoolError: the spool is away.
        """
        known = self._compiled.get(plan_id)
        if known is not None:
            self._compiled.move_to_end(plan_id)
            return known
        plan = await self._spool.plan(plan_id)
        if plan is None:
            return None
        compiled = CompiledPlan(plan, [self._keys.signer(key) for key in plan.signing])
        self._compiled[plan_id] = compiled
        while len(self._compiled) > 1 and self._too_much():
            self._compiled.popitem(last=False)
        return compiled

    def _too_much(self) -> bool:
        return len(self._compiled) > KEPT or sum(len(each.tail) for each in self._compiled.values()) > KEPT_BYTES
