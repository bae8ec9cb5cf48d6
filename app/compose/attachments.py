"""The files of a mail: each goes along in it, or is linked from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.compose.words import size_in_words
from app.document.downloads import Download
from app.media import queries as media
from app.media.queries import File
from app.sending.orders import Carried

Entries = Sequence[Mapping[str, Any]]


class Way(StrEnum):
    """How readers get a file."""

    ATTACH = "attach"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a mail, and the way it goes."""

    file: File
    way: Way

    @property
    def linked(self) -> bool:
        return self.way is Way.LINK

    @property
    def size(self) -> str:
        return size_in_words(self.file.size)

    def entry(self) -> dict[str, Any]:
        """Return what the mail keeps of it."""
        return {"file": self.file.id, "way": self.way.value}


def attached(entries: Entries) -> list[Attached]:
    """Return the files of a mail, a pattern or a version; those that are gone are left out."""
    files = media.files([each["file"] for each in entries])
    return [Attached(files[each["file"]], Way(each["way"])) for each in entries if each["file"] in files]


def weight(files: Iterable[Attached]) -> int:
    """Return how many bytes of files are in a mail, before they are encoded for their way."""
    return sum(each.file.size for each in files if not each.linked)


def carried(files: Iterable[Attached]) -> list[Carried]:
    """Return files as sending freezes them."""
    return [
        Carried(each.file.title, each.file.content_type, each.file.size, each.file.digest, each.file.name, each.linked)
        for each in files
    ]


def downloads(files: Iterable[Attached]) -> list[Download]:
    """Return the links that a mail has for its files."""
    return [Download(media.address(each.file), f"{each.file.title} ({each.size})") for each in files if each.linked]
