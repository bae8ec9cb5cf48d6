"""Where a picture is used. Domains above this one say it: the factory hands in who is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.document.uses import Use

Finder = Callable[[str], Sequence[Use]]
_finders: list[Finder] = []


def ask(*finders: Finder) -> None:
    """Set who knows where a picture's public name is used."""
    _finders[:] = finders


def uses(name: str) -> list[Use]:
    return [use for finder in _finders for use in finder(name)]
