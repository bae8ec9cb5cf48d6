"""Scanners give themselves away by what they do: they follow the links of a mail all at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from app.tracking.classify import BURST_LINKS, BURST_SECONDS


class Click(NamedTuple):
    id: int
    mailing_id: int
    seq: int
    link: int
    at: datetime


def burst_clicks(clicks: Sequence[Click]) -> list[Click]:
    """Return the clicks (ordered by recipient and time) in which one recipient follows several different links within
    a second, as no person does."""
    found: list[Click] = []
    for _, group in groupby(clicks, key=lambda click: (click.mailing_id, click.seq)):
        found += _of_one_recipient(list(group))
    return found


def _of_one_recipient(clicks: list[Click]) -> list[Click]:
    window = timedelta(seconds=BURST_SECONDS)
    caught: set[int] = set()
    start = 0
    for end, last in enumerate(clicks):
        while last.at - clicks[start].at > window:
            start += 1
        together = clicks[start : end + 1]
        if len({click.link for click in together}) >= BURST_LINKS:
            caught.update(click.id for click in together)
    return [click for click in clicks if click.id in caught]
