"""Cells of a report's tables, as they are: numbers, shares, days, texts, and links to the people behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


class Share(float):
    """A part of a whole, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads to the people, or the page, behind it."""

    value: str | int | Share
    url: str


Value = str | int | float | date | None
Cell = Value | Link


def share(part: int, whole: int) -> Share | None:
    """Return a part of a whole; None where there is no whole."""
    return Share(part / whole) if whole else None


def bare(row: Sequence[Cell]) -> list[Value]:
    """Return a row without the addresses that its cells lead to."""
    return [cell.value if isinstance(cell, Link) else cell for cell in row]


def text_of(value: Value) -> str:
    """Return a cell as files of text have it: days and times as ISO writes them, shares as numbers from 0 to 1."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Share):
        return f"{value:.4f}"
    return "" if value is None else str(value)


def kind_of(value: Value) -> str:
    """Return how a cell is to be written: as a ``share``, ``day``, ``number``, ``text``, or as ``nothing``."""
    kinds = ((Share, "share"), (date, "day"), (int | float, "number"), (str, "text"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "nothing")
