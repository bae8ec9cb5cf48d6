"""Where something is used that mails are made of: a picture, a saved block."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """A place: `kind` is ``mailing`` or ``template``."""

    kind: str
    id: int
    title: str
