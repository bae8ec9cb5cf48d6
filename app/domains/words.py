"""What states and records are called, and what they mean to somebody who has never heard of DNS."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.domains.names import display
from app.domains.postmaster import Summary
from app.domains.queries import DomainView, RecordView
from app.domains.records import Wanted, spf_joined, spf_records
from app.domains.registrars import Registrar
from app.domains.terms import COUNTED, Purpose, RecordState, Standing

STANDINGS = {
    Standing.UNPROVEN: (_l("not verified"), "amber"),
    Standing.TAKEN: (_l("used elsewhere"), "red"),
    Standing.UNSIGNED: (_l("not signed yet"), "amber"),
    Standing.FAILING: (_l("failing"), "red"),
    Standing.PARTIAL: (_l("verified"), "green"),
    Standing.READY: (_l("complete"), "green"),
}
STATES = {
    RecordState.UNSEEN: (_l("not checked yet"), "grey"),
    RecordState.GOOD: (_l("found"), "green"),
    RecordState.MISSING: (_l("not found"), "amber"),
    RecordState.WRONG: (_l("different"), "red"),
    RecordState.AWAITED: (_l("waiting for us"), "blue"),
}
TITLES = {
    Purpose.OWNERSHIP: _l("Proof that the domain is yours"),
    Purpose.DKIM_1: _l("Signature (DKIM), first key"),
    Purpose.DKIM_2: _l("Signature (DKIM), second key"),
    Purpose.DKIM_ED25519: _l("Second signature (Ed25519), first key"),
    Purpose.DKIM_ED25519_2: _l("Second signature (Ed25519), second key"),
    Purpose.SPF: _l("Permission to send (SPF)"),
    Purpose.DMARC: _l("Policy (DMARC)"),
    Purpose.RETURN_PATH: _l("Return path"),
    Purpose.TRACKING: _l("Links under your own name"),
    Purpose.BIMI: _l("Your logo beside your mails (BIMI)"),
}
REASONS = {
    Purpose.OWNERSHIP: _l("Only who manages the domain can set it. Leave it in place: without it, the domain lapses."),
    Purpose.DKIM_1: _l("Receivers verify with it that your mails are from you and were not changed on the way."),
    Purpose.DKIM_2: _l("Keys take turns, so that one can be changed while mail is under way. Both need a record."),
    Purpose.DKIM_ED25519: _l("Key of the second signature. Nothing is signed with it before its record is found."),
    Purpose.DKIM_ED25519_2: _l("The keys of the second signature take turns as well. Without this record, one stays."),
    Purpose.SPF: _l("Says that our servers may send for your domain. A domain has one SPF record: add to it."),
    Purpose.DMARC: _l("Says what happens to mail that only pretends to be from you. Gmail and Yahoo ask for it."),
    Purpose.RETURN_PATH: _l("Mail that cannot be delivered comes back under your own name. Receivers trust that more."),
    Purpose.TRACKING: _l("Links in your mails then begin with your name instead of ours."),
    Purpose.BIMI: _l(
        "Gmail, Yahoo and Apple show a logo (SVG Tiny PS) whose address stands here, if the DMARC policy is quarantine "
        "or reject. Gmail also asks for a certificate of the mark."
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as one enters it at a registrar, and how it was found. `text`: the TXT that does instead of a CNAME."""

    purpose: Purpose
    title: str
    reason: str
    type: str
    host: str
    value: str
    text: str
    rank: str
    state: RecordState
    badge: tuple[str, str]
    found: tuple[str, ...]
    remark: str


def standing(found: DomainView) -> tuple[str, str]:
    """Return the word for how a domain stands, and its tone."""
    word, tone = STANDINGS[found.standing]
    return str(word), tone


def entries(found: DomainView, wanted: list[Wanted], at: Registrar) -> list[Entry]:
    return [_entry(record, found.record(record.purpose), found, at) for record in wanted]


def _entry(record: Wanted, seen: RecordView, found: DomainView, at: Registrar) -> Entry:
    word, tone = STATES[seen.state]
    return Entry(
        purpose=record.purpose,
        title=str(TITLES[record.purpose]),
        reason=str(REASONS[record.purpose]),
        type=record.type,
        host=at.host(record.host),
        value=at.value(record.type, _value(record, seen)),
        text=at.value("TXT", record.text) if record.text else "",
        rank=_rank(record),
        state=seen.state,
        badge=(str(word), tone),
        found=seen.found,
        remark=_remark(record, seen, unanswered=record.purpose in found.unanswered),
    )


def _rank(record: Wanted) -> str:
    if record.needed:
        return ""
    return str(_("recommended") if record.purpose in COUNTED else _("optional"))


def _value(record: Wanted, seen: RecordView) -> str:
    """An SPF record that is there already is to be extended, not replaced: it carries the company's other mail."""
    if record.purpose is Purpose.SPF and spf_records(seen.found) and not seen.good:
        return spf_joined(seen.found, record.value.split()[1])
    return record.value


def _remark(record: Wanted, seen: RecordView, *, unanswered: bool) -> str:
    if unanswered:
        return str(_("DNS did not answer at the last look, so nothing was changed here. We look again by ourselves."))
    if seen.state is RecordState.AWAITED:
        return str(_("Your record is right. What it leads to on our side cannot be seen yet; you need do nothing."))
    if seen.state is not RecordState.WRONG:
        return ""
    if record.purpose is Purpose.SPF:
        return _spf_remark(seen)
    if record.purpose is Purpose.DMARC:
        return str(_("There must be exactly one DMARC record, and it must name a policy, as in p=none."))
    if record.purpose is Purpose.BIMI:
        return str(_("There must be exactly one such record, and the address of the logo begins with https://."))
    if seen.by_alias or not record.text:
        return str(_("The record is there, but it says something else. Change it to the value above."))
    return str(_("There is another key. Change it to the value above."))


def _spf_remark(seen: RecordView) -> str:
    if len(spf_records(seen.found)) > 1:
        return str(_("There are several SPF records, and so none counts. Keep one: the value above joins them."))
    return str(_("There is an SPF record without us. Change it to the value above; what it allowed stays allowed."))


def summary(found: DomainView) -> str:
    """Return how a domain stands, as a sentence."""
    name, total = display(found.name), len(COUNTED)
    sentences = {
        Standing.UNPROVEN: _("Set these records where %(name)s is managed. We find them by ourselves.", name=name),
        Standing.TAKEN: _(
            "%(name)s is verified in another workspace. Remove it there, or write to us if you know nothing of it.",
            name=name,
        ),
        Standing.UNSIGNED: _("%(name)s is yours. As soon as a key is found, mails are signed in its name.", name=name),
        Standing.FAILING: _(
            "A record of %(name)s is gone or was changed. Put it right, or mails end up in spam.", name=name
        ),
        Standing.PARTIAL: _(
            "Mails from %(name)s are signed in its name. %(good)s of %(total)s records are right.",
            name=name,
            good=found.good_count,
            total=total,
        ),
        Standing.READY: _("Mails from %(name)s are signed in its name, and every record is right.", name=name),
    }
    return str(sentences[found.standing])


def reported(found: DomainView, summary: Summary) -> str:
    """Say what receivers saw of a domain, as a sentence."""
    name, mails = display(found.name), format_decimal(summary.mails)
    if not summary.reports:
        return str(_("No receiver has reported anything about %(domain)s in the last four weeks.", domain=name))
    if not summary.strangers:
        sentence = _("Receivers saw %(count)s mails in the name of %(domain)s: all are proven to be yours.",
                     count=mails, domain=name)  # fmt: skip
        return str(sentence)
    return str(
        _("Receivers saw %(count)s mails in the name of %(domain)s. Nothing proves that %(strangers)s are yours.",
          count=mails, domain=name, strangers=format_decimal(summary.strangers))
    )  # fmt: skip
