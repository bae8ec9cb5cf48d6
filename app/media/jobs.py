"""What the worker does for pictures."""

from __future__ import annotations

from app.media.store import store


def discard(name: str) -> None:
    """Remove the bytes of a picture whose row is gone."""
    store().discard(name)
