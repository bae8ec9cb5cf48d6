"""Group commit: what happened since the last write is written in one go, as soon as that write has returned.

A killed process therefore repeats at most what was answered within the last few milliseconds, and loses nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from mta.contract import Outcome
from mta.ports import Entry, Retry, Spool, SpoolError

RETRY_SECONDS = 0.3
log = structlog.get_logger("mta")


class Journal:
    """Outcomes on their way to the spool. `lost` is told of batches that turned out to be somebody else's."""

    def __init__(
        self, spool: Spool, *, interval: float, lost: Callable[[str], None], wrote: Callable[[int], None]
    ) -> None:
        self._spool = spool
        self._interval = interval
        self._lost = lost
        self._wrote = wrote
        self._entries: dict[str, Entry] = {}
        self._releases: dict[str, bool] = {}
        self._writing: set[str] = set()
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.unrecorded = 0

    def final(self, ref: str, outcome: Outcome) -> None:
        self._entry(ref).finals.append(outcome)
        self.unrecorded += 1

    def deferral(self, ref: str, outcome: Outcome, retry: Retry) -> None:
        entry = self._entry(ref)
        entry.deferrals.append(outcome)
        entry.retries[outcome.seq] = retry
        self.unrecorded += 1

    def park(self, ref: str, seq: int, retry: Retry) -> None:
        """Let a recipient wait who was not tried."""
        self._entry(ref).retries[seq] = retry

    def end(self, ref: str) -> None:
        """This process is through with the batch."""
        self._entry(ref).ends = True

    def release(self, ref: str, *, keep: bool = False) -> None:
        """Close the batch once what is known of it was written, or `keep` it in its queue for later."""
        self._releases[ref] = keep
        self._touch()

    def _entry(self, ref: str) -> Entry:
        entry = self._entries.get(ref)
        if entry is None:
            entry = self._entries[ref] = Entry(ref)
            self._touch()
        return entry

    def unwritten(self) -> set[str]:
        """Return the batches that something is still to be written of."""
        return self._writing | self._entries.keys() | self._releases.keys()

    def _touch(self) -> None:
        self._changed.set()
        self._idle.clear()

    async def run(self) -> None:
        """Write for ever; when the spool is away, keep what there is and try again."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            entries, self._entries = list(self._entries.values()), {}
            releases, self._releases = self._releases, {}
            self._writing = {entry.ref for entry in entries} | releases.keys()
            await self._write(entries, releases)
            self._writing = set()
            if not self._changed.is_set():
                self._idle.set()
            await asyncio.sleep(self._interval)

    async def _write(self, entries: list[Entry], releases: dict[str, bool]) -> None:
        told = False
        while True:
            try:
                lost = await self._spool.record(entries) if entries else []
                await self._give_up(releases)
                break
            except SpoolError as error:
                if not told:
                    log.error("outcomes_wait", reason=str(error), unrecorded=self.unrecorded)
                told = True
                await asyncio.sleep(RETRY_SECONDS)
        if told:
            log.info("outcomes_written_again", unrecorded=self.unrecorded)
        count = sum(len(entry.finals) + len(entry.deferrals) for entry in entries)
        self.unrecorded -= count
        self._wrote(count)
        for ref in lost:
            self._lost(ref)

    async def _give_up(self, releases: dict[str, bool]) -> None:
        closed = [ref for ref, keep in releases.items() if not keep]
        kept = [ref for ref, keep in releases.items() if keep]
        if closed:
            await self._spool.release(closed)
        if kept:
            await self._spool.hand_back(kept)

    async def flush(self) -> None:
        """Return when everything known at this moment was written."""
        await self._idle.wait()
