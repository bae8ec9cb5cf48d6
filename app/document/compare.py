"""Two texts side by side, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_WORDS = re.compile(r"\s+|[^\s]+")


class Fate(StrEnum):
    """What became of a piece of text."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    fate: Fate
    text: str


def compare(before: str, after: str) -> list[Piece]:
    """Return the pieces of both texts in order; without those added it is `before`, without those removed `after`.

    Lines are matched first and words only within lines that differ, so that a long mail takes no longer than it must.
    """
    pieces: list[Piece] = []
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for tag, i, k, m, n in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Fate.KEPT, "".join(old[i:k])))
        else:
            pieces += _by_words("".join(old[i:k]), "".join(new[m:n]))
    return _joined(pieces)


def _by_words(before: str, after: str) -> list[Piece]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces = []
    for tag, i, k, m, n in SequenceMatcher(str.isspace, old, new).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Fate.KEPT, "".join(old[i:k])))
        else:
            pieces += [Piece(Fate.REMOVED, "".join(old[i:k])), Piece(Fate.ADDED, "".join(new[m:n]))]
    return pieces


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces without empty ones, neighbours of one fate as one."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].fate is piece.fate:
            joined[-1] = Piece(piece.fate, joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    return joined
