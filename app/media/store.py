"""Where pictures are kept. The port, and the disk of this machine; another place is another class with these verbs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Protocol

from app.core.site import settings


class Store(Protocol):
    """Keeps bytes under names that we made."""

    def put(self, name: str, content: bytes, content_type: str) -> None: ...

    def get(self, name: str) -> bytes | None: ...

    def discard(self, name: str) -> None: ...


class DiskStore:
    """A folder, with one of two letters in between so that none gets too full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes, content_type: str) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed: nobody ever reads half a picture.
        handle, beside = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(beside).replace(path)

    def get(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def discard(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def store() -> Store:
    return DiskStore(settings().var / "media")
