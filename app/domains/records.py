"""Which records a domain needs, and what is to be said of those that were found. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.domains.keys import key_in
from app.domains.terms import SELECTOR_OF, Purpose, RecordState

OWNERSHIP = "messagepark="
RETURN_PATH_HOST = "mp-bounce"
TRACKING_HOST = "link"
NEEDED = frozenset({Purpose.OWNERSHIP, Purpose.DKIM_1, Purpose.DKIM_2})
DMARC_START = "v=DMARC1; p=none"
REPORTS = "dmarc+"
BIMI_HOST = "default._bimi"
BIMI_START = "v=BIMI1;"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A record as it should be: `type` TXT or CNAME, `host` in full. `text`: the TXT that does instead of a CNAME."""

    purpose: Purpose
    type: str
    host: str
    value: str
    text: str = ""

    @property
    def needed(self) -> bool:
        """Whether mail can be signed only with it; the others help it to be trusted."""
        return self.purpose in NEEDED


@dataclass(frozen=True, slots=True)
class Sighting:
    """What DNS says: texts at the end of the name, the alias it is, and whether that leads anywhere."""

    texts: tuple[str, ...] = ()
    alias: str = ""
    leads_somewhere: bool = False


def wanted_records(
    name: str, token: str, keys: Mapping[str, str], *, mail_domain: str, tracking_host: str = ""
) -> list[Wanted]:
    """Return the records of a domain, in the order of `Purpose`. `keys`: what each selector's record says."""
    tracking = [Wanted(Purpose.TRACKING, "CNAME", f"{TRACKING_HOST}.{name}", tracking_host)] if tracking_host else []
    return [
        Wanted(Purpose.OWNERSHIP, "TXT", f"_messagepark.{name}", OWNERSHIP + token),
        *(
            Wanted(
                purpose,
                "CNAME",
                f"{selector}._domainkey.{name}",
                dkim_target(selector, token, mail_domain),
                keys[selector],
            )
            for purpose, selector in SELECTOR_OF.items()
            if selector in keys
        ),
        Wanted(Purpose.SPF, "TXT", name, f"v=spf1 {spf_include(mail_domain)} ~all"),
        Wanted(Purpose.DMARC, "TXT", f"_dmarc.{name}", dmarc_text(token, mail_domain)),
        Wanted(Purpose.RETURN_PATH, "CNAME", f"{RETURN_PATH_HOST}.{name}", return_path_target(mail_domain)),
        *tracking,
        Wanted(Purpose.BIMI, "TXT", f"{BIMI_HOST}.{name}", f"{BIMI_START} l=https://{name}/logo.svg"),
    ]


def dmarc_text(token: str, mail_domain: str) -> str:
    """Return a policy that asks for nothing but reports, sent to us (RFC 7489, 6.3)."""
    return f"{DMARC_START}; rua=mailto:{report_address(token, mail_domain)}"


def report_address(token: str, mail_domain: str) -> str:
    """Return where receivers send their reports about a domain: an address of its own, so that we know whose it is."""
    return f"{REPORTS}{token[:12]}@{mail_domain}"


def dkim_target(selector: str, token: str, mail_domain: str) -> str:
    """Return the name under our own domain where we publish a domain's key, so that we can change it alone."""
    return f"{selector}.{token[:12]}.dkim.{mail_domain}"


def spf_include(mail_domain: str) -> str:
    return f"include:_spf.{mail_domain}"


def shared_domain(mail_domain: str) -> str:
    """Return the name that workspaces without a domain of their own send from.

    Apart from the service's own mail, so that what they do is held against it alone; a name under ours, so that our
    signature stands for it (RFC 7489, 3.1.1: aligned, relaxed).
    """
    return f"senders.{mail_domain}"


def return_path_target(mail_domain: str) -> str:
    return f"bounces.{mail_domain}"


# --- judging ----------------------------------------------------------------------------------------------------


def judge(wanted: Wanted, seen: Sighting) -> RecordState:
    """Say how a record stands, given what DNS definitely answered."""
    return _JUDGES[wanted.purpose](wanted, seen)


def _ownership(wanted: Wanted, seen: Sighting) -> RecordState:
    if wanted.value in seen.texts:
        return RecordState.GOOD
    return RecordState.WRONG if any(text.startswith(OWNERSHIP) for text in seen.texts) else RecordState.MISSING


def _dkim(wanted: Wanted, seen: Sighting) -> RecordState:
    published = [key_in(text) for text in seen.texts if key_in(text)[1]]
    if published == [key_in(wanted.text)]:
        return RecordState.GOOD
    if seen.alias:
        return RecordState.AWAITED if seen.alias == wanted.value else RecordState.WRONG
    return RecordState.WRONG if seen.texts else RecordState.MISSING


def _spf(wanted: Wanted, seen: Sighting) -> RecordState:
    records = spf_records(seen.texts)
    if not records:
        return RecordState.MISSING
    # RFC 7208, 4.5: with two records a receiver uses neither.
    include = wanted.value.split()[1]
    terms = [term.removeprefix("+") for term in records[0].lower().split()]
    return RecordState.GOOD if len(records) == 1 and include in terms else RecordState.WRONG


def _dmarc(_wanted: Wanted, seen: Sighting) -> RecordState:
    records = [text for text in seen.texts if text.lower().replace(" ", "").startswith("v=dmarc1")]
    if not records:
        return RecordState.MISSING
    # RFC 7489, 6.6.3: two records count as none, and one without a policy says nothing.
    good = len(records) == 1 and ";p=" in records[0].lower().replace(" ", "")
    return RecordState.GOOD if good else RecordState.WRONG


def _bimi(_wanted: Wanted, seen: Sighting) -> RecordState:
    """The logo is where its owner says: any address over https will do."""
    records = [text for text in seen.texts if text.lower().startswith("v=bimi1")]
    if not records:
        return RecordState.MISSING
    good = len(records) == 1 and "l=https://" in records[0].lower().replace(" ", "")
    return RecordState.GOOD if good else RecordState.WRONG


def _alias(wanted: Wanted, seen: Sighting) -> RecordState:
    if not seen.alias:
        return RecordState.MISSING
    if seen.alias != wanted.value:
        return RecordState.WRONG
    return RecordState.GOOD if seen.leads_somewhere else RecordState.AWAITED


def relevant(wanted: Wanted, seen: Sighting) -> list[str]:
    """Return what of a sighting has to do with the record: a name's other TXT records are nobody's business here."""
    if seen.alias:
        return [seen.alias]
    start = _STARTS.get(wanted.purpose, "")
    return [text for text in seen.texts if text.lower().startswith(start)]


_STARTS = {Purpose.OWNERSHIP: OWNERSHIP, Purpose.SPF: "v=spf1", Purpose.DMARC: "v=dmarc1", Purpose.BIMI: "v=bimi1"}
_JUDGES: dict[Purpose, Callable[[Wanted, Sighting], RecordState]] = {
    Purpose.OWNERSHIP: _ownership,
    Purpose.DKIM_1: _dkim,
    Purpose.DKIM_2: _dkim,
    Purpose.DKIM_ED25519: _dkim,
    Purpose.DKIM_ED25519_2: _dkim,
    Purpose.SPF: _spf,
    Purpose.DMARC: _dmarc,
    Purpose.RETURN_PATH: _alias,
    Purpose.TRACKING: _alias,
    Purpose.BIMI: _bimi,
}


def spf_records(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def spf_joined(existing: Sequence[str], include: str) -> str:
    """Return the one SPF record that keeps what the existing ones allow and allows us as well."""
    terms: list[str] = []
    ending = "~all"
    for record in spf_records(existing):
        for term in record.split()[1:]:
            if term.lower().lstrip("+-~?") == "all" or term.lower().startswith("redirect="):
                ending = term
            elif term not in terms and term.lower() != include:
                terms.append(term)
    return " ".join(["v=spf1", *terms, include, ending])
