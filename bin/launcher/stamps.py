"""Remembers what a set-up step was last done for, so that it is skipped while nothing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from launcher.places import SETUP


@dataclass(frozen=True)
class Stamp:
    """The digest of a step's inputs, kept in ``var/setup/<name>.stamp`` once the step is done."""

    name: str
    digest: str
    folder: Path = SETUP

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.stamp"

    def is_current(self) -> bool:
        try:
            return self.path.read_text() == self.digest
        except OSError:
            return False

    def write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.digest)

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


def stamp(name: str, files: Iterable[Path] = (), *words: str, folder: Path = SETUP) -> Stamp:
    """Return the stamp of a step for the present contents of `files` and further `words`."""
    digest = hashlib.sha256()
    for word in words:
        digest.update(word.encode() + b"\0")
    for path in sorted(files):
        digest.update(str(path).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return Stamp(name, digest.hexdigest(), folder)
