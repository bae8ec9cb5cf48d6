"""What a file is by its content, what it may be called, and which files do not go with mails because they run."""

from __future__ import annotations

import io
import re
import unicodedata
from urllib.parse import quote
from zipfile import BadZipFile, ZipFile

from app.core.errors import N_, Invalid

OTHER = "application/octet-stream"
MOST_LETTERS = 120
MOST_NAMES = 10_000
# What Windows, macOS or a browser runs when it is opened, and disk images that hold such; as large mail hosts have it.
_WORDS = (
    "ade adp apk app appx appxbundle bat cab chm cmd com command cpl dll dmg docm dotm exe hta htm html img ins ipa iso"
    " isp jar jnlp js jse lib lnk mde mht mhtml msc msi msix msp mst nsh pif pkg potm ppam pptm ps1 ps2 psc1 py pyw reg"
    " run scr sct sh shb shtml svg swf sys url vb vbe vbs vhd vhdx vxd wsc wsf wsh xhtml xlam xlsm xltm xll"
)
RUNS = frozenset(_WORDS.split())
_RUNS_BY_CONTENT = (
    b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe", b"#!", b"L\0\0\0\x01\x14\x02\0", b"MSCF", b"dex\n",
)  # fmt: skip
_BY_CONTENT = (
    (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"), (b"7z\xbc\xaf'\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"), (b"\x1f\x8b", "application/gzip"), (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"), (b"fLaC", "audio/flac"), (b"{\\rtf", "application/rtf"),
)  # fmt: skip
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_TYPES = {
    "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "hwp": "application/x-hwp",
}  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OOXML = {
    "word/": f"{_OFFICE}wordprocessingml.document", "xl/": f"{_OFFICE}spreadsheetml.sheet",
    "ppt/": f"{_OFFICE}presentationml.presentation",
}  # fmt: skip
_DECLARED = re.compile(r"application/[a-z0-9.+-]{1,90}\Z")
_TEXTS = {
    "csv": "text/csv", "ics": "text/calendar", "vcf": "text/vcard", "json": "application/json", "xml": "text/xml",
    "md": "text/markdown",
}  # fmt: skip
# Also what turns the reading direction, so that a name ends in letters it does not end in.
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')


class Runs(Invalid):
    message = N_(
        "“%(name)s” can run by itself, so mail servers refuse it. It was not kept; what was there before is. Put"
        " documents into a PDF, or put the program on a page and link to it."
    )


class RunsInside(Invalid):
    message = N_(
        "“%(name)s” holds “%(inside)s”, which can run by itself, so mail servers refuse it. It was not kept; what was"
        " there before is."
    )


class NoFile(Invalid):
    message = N_("“%(name)s” is empty, so it was not kept.")


def safe_name(name: str) -> str:
    """Return what readers may save a file as: one name, no path, no signs that deceive or that a disk refuses.

    Names that a Mac has taken apart (NFD) are put together: elsewhere Hangul would be shown as loose letters.
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    stem, dot, suffix = _UNSAFE.sub("_", last).strip(". ").rpartition(".")
    if not stem or len(suffix) > 10:
        stem, dot, suffix = stem + dot + suffix, "", ""
    return f"{stem[: MOST_LETTERS - len(suffix) - 1].strip()}{dot}{suffix}" or "file"


def attachment(saved_as: str) -> str:
    """Return a Content-Disposition (RFC 6266) with the name as it is, whatever its letters."""
    return f"attachment; filename*=UTF-8''{quote(saved_as, safe='')}"


def suffix_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def content_type(content: bytes, name: str) -> str:
    """Return the type of a file by its content; its name decides only among what looks alike.

    Raises:
        NoFile: there is nothing in it.
        Runs, RunsInside: it is a program, or holds one.
    """
    if not content:
        raise NoFile(name=name)
    if suffix_of(name) in RUNS or content.startswith(_RUNS_BY_CONTENT) or _is_page(content):
        raise Runs(name=name)
    if content.startswith(b"PK\x03\x04"):
        return _of_zip(content, name)
    if content.startswith(_OLE):
        return _OLE_TYPES.get(suffix_of(name), "application/x-ole-storage")
    if content[:4] == b"RIFF" and content[8:12] in _RIFF:
        return _RIFF[content[8:12]]
    if content[4:8] == b"ftyp":
        return "audio/mp4" if content[8:11] == b"M4A" else "video/mp4"
    known = next((kind for start, kind in _BY_CONTENT if content.startswith(start)), None)
    return known or _of_text(content, name)


def _is_page(content: bytes) -> bool:
    """A page, or a drawing of a browser's, whatever its name: it may hold scripts."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<svg", b"<script")) or (
        start.startswith(b"<?xml") and (b"<svg" in start or b"<html" in start)
    )


def _of_zip(content: bytes, name: str) -> str:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            inside = archive.namelist()
            declared = archive.read("mimetype")[:100].decode("ascii", "replace") if inside[:1] == ["mimetype"] else ""
    except (BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, KeyError):
        return OTHER
    running = next((each for each in inside[:MOST_NAMES] if _runs(each)), None)
    if running is not None:
        raise RunsInside(name=name, inside=safe_name(running))
    if "[Content_Types].xml" in inside:
        return next((kind for folder, kind in _OOXML.items() if any(n.startswith(folder) for n in inside)), OTHER)
    return declared if _DECLARED.match(declared) else "application/zip"


def _runs(inside: str) -> bool:
    # Macros of an office document, whatever it is called.
    return inside.lower().endswith("vbaproject.bin") or suffix_of(inside) in RUNS


def _of_text(content: bytes, name: str) -> str:
    if b"\0" in content:
        return OTHER
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            content.decode("cp949")
        except UnicodeDecodeError:
            return OTHER
    return _TEXTS.get(suffix_of(name), "text/plain")
