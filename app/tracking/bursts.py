"""Scanners give themselves away by what they do: they follow the links of a mail all at once, and one nobody sees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from app.tracking.classify import BURST, BURST_LINKS, BURST_SECONDS, HONEYPOT, HONEYPOT_SECONDS


class Click(NamedTuple):
    """A click that counts as a person's, or (`trap`) the following of the link that no person sees."""

    key: str
    mailing_id: int
    seq: int
    link: int
    at: datetime
    trap: bool = False


def found_out(clicks: Sequence[Click]) -> dict[str, list[Click]]:
    """Return the clicks (ordered by recipient and time) that no person made, by the reason."""
    found: dict[str, list[Click]] = {HONEYPOT: [], BURST: []}
    for _, group in groupby(clicks, key=lambda click: (click.mailing_id, click.seq)):
        acts = list(group)
        caught = _near_a_trap(acts)
        found[HONEYPOT] += caught
        found[BURST] += _bursts([act for act in acts if not act.trap and act not in caught])
    return {reason: caught for reason, caught in found.items() if caught}


def _near_a_trap(acts: list[Click]) -> list[Click]:
    window = timedelta(seconds=HONEYPOT_SECONDS)
    traps = [act.at for act in acts if act.trap]
    return [act for act in acts if not act.trap and any(abs(act.at - trap) <= window for trap in traps)]


def _bursts(clicks: list[Click]) -> list[Click]:
    """Return the clicks of one recipient that follow several different links within a second, as no person does."""
    window = timedelta(seconds=BURST_SECONDS)
    caught: set[str] = set()
    start = 0
    for end, last in enumerate(clicks):
        while last.at - clicks[start].at > window:
            start += 1
        together = clicks[start : end + 1]
        if len({click.link for click in together}) >= BURST_LINKS:
            caught.update(click.key for click in together)
    return [click for click in clicks if click.key in caught]
