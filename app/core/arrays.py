"""Long arrays for PostgreSQL, written as it reads them in text (``{1,2}``), for ``CAST(:x AS bigint[])``.

psycopg writes a list item by item in Python; for thousands of rows that costs more than storing them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_NUL = "\0"


def numbers(values: Iterable[float]) -> str:
    """Return an array of numbers."""
    return "{" + ",".join(map(repr, values)) + "}"


def truths(values: Iterable[bool]) -> str:
    """Return an array of yes and no."""
    return "{" + ",".join("t" if value else "f" for value in values) + "}"


def texts(values: Sequence[str]) -> str:
    """Return an array of texts. PostgreSQL has no NUL in a text: where one is, it is left out."""
    joined = _NUL.join(values)
    if not values:
        return "{}"
    if joined.count(_NUL) >= len(values):
        joined = _NUL.join(value.replace(_NUL, "") for value in values)
    quoted = joined.replace("\\", "\\\\").replace('"', '\\"').replace(_NUL, '","')
    return f'{{"{quoted}"}}'
