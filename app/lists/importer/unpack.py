"""Looking into what was handed in: what kind of file it is, what an archive holds, and how much of it may come out."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any

from app.core.errors import N_
from app.lists.importer.table import Unreadable

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MOST_UNPACKED = 4 * 1024**3
MOST_IN_A_WORKBOOK = 800 * 1024**2
_WORKBOOK_PARTS = {"[Content_Types].xml", "content.xml"}
_READABLE = (".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".vcf", ".vcard")

Opener = Callable[[], IO[bytes]]


class Damaged(Unreadable):
    message = N_("The file is damaged, or not what its name says. Open it, save it again, and try once more.")
    problem = "damaged"


class Locked(Unreadable):
    message = N_("The file has a password. Save it without one and try again.")
    problem = "locked"


class TooLarge(Unreadable):
    message = N_("Unpacked, this file is far too large. Split it and bring in the parts.")
    problem = "too_large"


class NothingReadable(Unreadable):
    message = N_("This archive holds nothing that can be read: CSV, text, Excel, OpenDocument, contact cards.")
    problem = "nothing_readable"


def archive(file: IO[bytes]) -> zipfile.ZipFile:
    """Open a ZIP.

    Raises:
        Damaged: it is none.
    """
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Damaged from error


def is_workbook(file: IO[bytes]) -> bool:
    """Tell whether a file is a workbook: an old one, or a ZIP with the parts of a new one."""
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    if start == OLE:
        return True
    if start != ZIP:
        return False
    found = archive(file)
    is_one = bool(_WORKBOOK_PARTS & {part.filename for part in found.infolist()})
    _refuse_bomb(found, MOST_IN_A_WORKBOOK if is_one else MOST_UNPACKED)
    file.seek(0)
    return is_one


def has_password(file: IO[bytes]) -> bool:
    """Tell whether a workbook is encrypted: it then lies in an old container, in a stream of this name."""
    file.seek(0)
    last = b""
    while piece := file.read(1024 * 1024):
        if _ENCRYPTED in last + piece:
            return True
        last = piece[-len(_ENCRYPTED) :]
    return False


def _refuse_bomb(found: zipfile.ZipFile, most: int) -> None:
    """The sizes that a ZIP claims are checked here; what it really gives is counted while it is read."""
    unpacked = sum(part.file_size for part in found.infolist())
    packed = sum(part.compress_size for part in found.infolist())
    if unpacked > most or (unpacked > 100 * 1024**2 and unpacked > 300 * max(packed, 1)):
        raise TooLarge


def members(found: zipfile.ZipFile) -> list[str]:
    """Return the names of the files in an archive that can be read.

    Raises:
        Locked: they have a password.
        NothingReadable: there are none.
    """
    parts = [part for part in found.infolist() if _is_readable(part.filename)]
    if not parts:
        raise NothingReadable
    if any(part.flag_bits & 1 for part in parts):
        raise Locked
    return [part.filename for part in parts]


def _is_readable(name: str) -> bool:
    own = name.rpartition("/")[2]
    return name.lower().endswith(_READABLE) and not name.startswith("__MACOSX/") and not own.startswith("._")


class Counted(io.RawIOBase):
    """Bytes out of a packed file, refused beyond `MOST_UNPACKED`, damage told in our words."""

    def __init__(self, packed: Any) -> None:
        self._packed = packed
        self._left = MOST_UNPACKED

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        try:
            content = self._packed.read(len(target))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise Damaged from error
        self._left -= len(content)
        if self._left < 0:
            raise TooLarge
        target[: len(content)] = content
        return len(content)


def counted(packed: Any) -> io.BufferedReader:
    return io.BufferedReader(Counted(packed), buffer_size=256 * 1024)


def ungzipped(file: IO[bytes]) -> io.BufferedReader:
    return counted(gzip.GzipFile(fileobj=file))
