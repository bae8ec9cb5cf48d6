"""Where pictures and files are kept: the port, and the disk of this machine. `s3` is the other place there is."""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from app.core.site import settings
from config.settings import Settings


class Store(Protocol):
    """Keeps bytes under names that we made. What cannot be reached raises `s3.StoreAway`."""

    def put(self, name: str, content: bytes, content_type: str, *, saved_as: str = "") -> None:
        """Keep it; `saved_as` is what readers save it as, where it is no picture to be shown."""

    def get(self, name: str) -> bytes | None:
        """Return it, or None where there is nothing of the name."""

    def discard(self, name: str) -> None:
        """Let go of it, if it is there."""

    def address(self, name: str) -> str | None:
        """Return where readers get it from, or None where they get it from us."""


class DiskStore:
    """A folder, with one of two letters in between so that none gets too full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes, content_type: str, *, saved_as: str = "") -> None:
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

    def address(self, name: str) -> str | None:
        return None

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def store() -> Store:
    chosen = settings()
    if not chosen.s3_bucket:
        return DiskStore(chosen.var / "media")
    return _bucket(chosen)


@lru_cache(maxsize=1)
def _bucket(chosen: Settings) -> Store:
    from app.media.s3 import S3Store  # only where it is wanted: it brings threads of its own

    return S3Store(
        bucket=chosen.s3_bucket, endpoint=chosen.s3_endpoint, region=chosen.s3_region, key_id=chosen.s3_key_id,
        secret=chosen.s3_secret, readers=chosen.s3_readers,
    )  # fmt: skip
