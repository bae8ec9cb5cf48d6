"""What became of the tests of a mail: who took them, and what receivers find of their signatures, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from app.core.notices import Notice, NoticeState, tests_of
from app.domains import queries as domains
from app.domains.names import display

SHOWN = 10
# A server that wants to be asked again later may take hours; nobody looks at the page for so long.
WATCHED_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was found. `domain_id`: the workspace's domain whose page has what to do; `mend`: all of them."""

    label: str
    tone: str
    text: str
    detail: str = ""
    domain_id: int | None = None
    mend: bool = False


@dataclass(frozen=True, slots=True)
class TestResult:
    """A test as it stands: where it went, what the server said, what is found of its signatures."""

    address: str
    at: datetime
    badge: tuple[str, str]
    reply: str
    verdicts: list[Verdict]
    under_way: bool


def test_results(mailing_id: int) -> list[TestResult]:
    """Return the latest tests of a mailing, the newest first."""
    found = tests_of(mailing_id, SHOWN)
    own = {each.name: each.id for each in domains.domains()} if found else {}
    return [_result(notice, own) for notice in found]


def is_moving(results: list[TestResult], now: datetime) -> bool:
    """Whether another look soon is worth it."""
    return any(one.under_way and one.at > now - WATCHED_FOR for one in results)


def _result(notice: Notice, own: dict[str, int]) -> TestResult:
    under_way = notice.state in (NoticeState.WAITING, NoticeState.HANDED_OVER)
    if under_way:
        badge = (_("not taken yet"), "amber") if notice.reply else (_("on its way"), "blue")
    else:
        badge = (_("accepted"), "green") if notice.state == NoticeState.ACCEPTED else (_("refused"), "red")
    verdicts = [] if under_way else _verdicts(notice, own)
    return TestResult(notice.address, notice.created_at, badge, notice.reply, verdicts, under_way)


def _verdicts(notice: Notice, own: dict[str, int]) -> list[Verdict]:
    if notice.proofs is None:
        if notice.state != NoticeState.ACCEPTED:  # no server saw it
            return []
        text = _("The signature could not be verified in time. Send another test.")
        return [Verdict(_("DKIM not verified"), "grey", text)]
    if not notice.proofs:
        return [Verdict(_("not signed"), "amber", _("This mail carries no signature, so receivers may doubt it."))]
    return [*(_of_signature(proof, own) for proof in notice.proofs), _of_alignment(notice.proofs)]


def _of_signature(proof: dict[str, Any], own: dict[str, int]) -> Verdict:
    name, place = display(proof["domain"]), own.get(proof["domain"])
    if proof["finding"] == "pass":
        return Verdict(_("DKIM verified"), "green", name)
    if proof["finding"] == "no_answer":
        text = _("DNS did not answer when asked for the key of %(domain)s. Send another test later.", domain=name)
        return Verdict(_("DKIM not verified"), "grey", text)
    if proof["finding"] == "no_key":
        record = f"{proof['selector']}._domainkey.{proof['domain']}"
        text = _("The key of %(domain)s was not found in DNS. Receivers verify nothing until its record is there.",
                 domain=name)  # fmt: skip
        return Verdict(_("no key in DNS"), "amber", text, record, place)
    text = _("The signature of %(domain)s does not fit the key in DNS. Compare its record with ours.", domain=name)
    return Verdict(_("DKIM failed"), "red", text, proof["reason"], place)


def _of_alignment(proofs: list[dict[str, Any]]) -> Verdict:
    """RFC 7489, 3.1.1: of several signatures one that is right and in the sender's name is enough."""
    aligned = [proof for proof in proofs if proof["aligned"]]
    if not aligned:
        text = _("The signature is in the name of %(domain)s, not of the sender. For DMARC it does not count.",
                 domain=display(proofs[0]["domain"]))  # fmt: skip
        return Verdict(_("not aligned"), "amber", text, mend=True)
    if any(proof["finding"] == "pass" for proof in aligned):
        return Verdict(_("aligned"), "green", "")
    return Verdict(_("aligned"), "grey", _("It is in the name of the sender. It counts for DMARC once it is verified."))
