"""DMARC aggregate reports (RFC 7489, 7.2 and appendix C): out of a mail or file, into values. Pure.

Anybody may send us one, so nothing in it is believed to be small or well-meant: sizes are bounded before anything is
unpacked whole, and XML may define no entities.
"""

from __future__ import annotations

import io
import ipaddress
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from xml.etree.ElementTree import Element, ParseError
from zipfile import BadZipFile, ZipFile

import defusedxml.ElementTree as safe_xml
from defusedxml import DefusedXmlException

from app.core.errors import N_, Invalid

LARGEST_FILE = 5 * 1024 * 1024
LARGEST_XML = 20 * 1024 * 1024
MOST_SOURCES = 20_000
LONGEST = 255
GZIP, ZIP = b"\x1f\x8b", b"PK"


class NoReport(Invalid):
    about = "file"
    message = N_("This is no DMARC report. It is an XML file, mostly packed as ZIP or GZ.")


class TooLarge(Invalid):
    about = "file"
    message = N_("This report is larger than any we take. Nothing was stored.")


@dataclass(frozen=True, slots=True)
class Source:
    """What a receiver saw from one address. `dkim`, `spf`: whether that proved the From address (aligned)."""

    address: str
    count: int
    disposition: str
    dkim: bool
    spf: bool
    header_from: str


@dataclass(frozen=True, slots=True)
class Report:
    """What one receiver says of one domain over some time, mostly a day."""

    organisation: str
    key: str
    domain: str
    policy: str
    begins_at: datetime
    ends_at: datetime
    sources: tuple[Source, ...]


def attached(mail: bytes) -> Iterator[bytes]:
    """Yield the parts of a mail that may be a report.

    Raises:
        TooLarge: the mail is larger than any with a report.
    """
    if len(mail) > 2 * LARGEST_FILE:
        raise TooLarge
    for part in message_from_bytes(mail).walk():
        content = _content(part)
        if content[:2] in (GZIP, ZIP) or b"<feedback" in content[:2000]:
            yield content


def _content(part: Message) -> bytes:
    payload = None if part.is_multipart() else part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def parse(file: bytes) -> Report:
    """Read a report: XML, or XML packed as ZIP or GZ.

    Raises:
        NoReport: it is something else.
        TooLarge: it is, or would be when unpacked, larger than any honest one.
    """
    if len(file) > LARGEST_FILE:
        raise TooLarge
    try:
        root = safe_xml.fromstring(_unpacked(file), forbid_dtd=True)
        return _report(root)
    except (ParseError, DefusedXmlException, BadZipFile, zlib.error, ValueError, OverflowError) as error:
        raise NoReport from error


def _unpacked(file: bytes) -> bytes:
    if file.startswith(GZIP):
        unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        return _bounded(unpacking.decompress(file, LARGEST_XML + 1))
    if file.startswith(ZIP):
        with ZipFile(io.BytesIO(file)) as archive:
            name = next((name for name in archive.namelist() if name.lower().endswith(".xml")), None)
            if name is None or archive.getinfo(name).flag_bits & 1:
                raise NoReport
            with archive.open(name) as member:
                return _bounded(member.read(LARGEST_XML + 1))
    return file


def _bounded(xml: bytes) -> bytes:
    if len(xml) > LARGEST_XML:
        raise TooLarge
    return xml


def _report(root: Element) -> Report:
    for element in root.iter():
        # Some reporters give a namespace, most do not.
        element.tag = str(element.tag).rpartition("}")[2]
    if root.tag != "feedback":
        raise NoReport
    records = root.findall("record")
    if len(records) > MOST_SOURCES:
        raise TooLarge
    return Report(
        organisation=_text(root, "report_metadata/org_name"),
        key=_text(root, "report_metadata/report_id"),
        domain=_text(root, "policy_published/domain").lower().rstrip("."),
        policy=_text(root, "policy_published/p").lower(),
        begins_at=_moment(root, "report_metadata/date_range/begin"),
        ends_at=_moment(root, "report_metadata/date_range/end"),
        sources=tuple(_source(record) for record in records),
    )


def _source(record: Element) -> Source:
    return Source(
        address=str(ipaddress.ip_address(_text(record, "row/source_ip"))),
        count=_count(_text(record, "row/count")),
        disposition=_text(record, "row/policy_evaluated/disposition").lower(),
        dkim=_text(record, "row/policy_evaluated/dkim").lower() == "pass",
        spf=_text(record, "row/policy_evaluated/spf").lower() == "pass",
        header_from=_text(record, "identifiers/header_from").lower(),
    )


def _text(element: Element, path: str) -> str:
    text = (element.findtext(path) or "").strip()
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST]


def _count(text: str) -> int:
    count = int(text)
    if not 0 <= count < 2**40:
        raise NoReport
    return count


def _moment(element: Element, path: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(_text(element, path)), UTC)
    except (OSError, OverflowError) as error:
        raise NoReport from error
