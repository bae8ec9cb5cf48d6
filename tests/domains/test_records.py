"""Judging what DNS says, and how records are to be entered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domains.pace import SETTING_UP, next_look
from app.domains.records import Sighting, Wanted, judge, spf_joined, wanted_records
from app.domains.registrars import REGISTRARS, registrar
from app.domains.terms import Purpose, RecordState

KEY = "M" * 392
KEYS = {"mp1": f"v=DKIM1; k=rsa; p={KEY}", "mp2": "v=DKIM1; k=rsa; p=other"}
WANTED = {w.purpose: w for w in wanted_records("park.kr", "t" * 32, KEYS, mail_domain="mp.example")}
GOOD, MISSING, WRONG, AWAITED = RecordState.GOOD, RecordState.MISSING, RecordState.WRONG, RecordState.AWAITED
TARGET = WANTED[Purpose.DKIM_1].value


@pytest.mark.parametrize(
    ("purpose", "seen", "state"),
    [
        (Purpose.OWNERSHIP, Sighting(("messagepark=" + "t" * 32,)), GOOD),
        (Purpose.OWNERSHIP, Sighting(("messagepark=another", "messagepark=" + "t" * 32)), GOOD),
        (Purpose.OWNERSHIP, Sighting(("messagepark=another",)), WRONG),
        (Purpose.OWNERSHIP, Sighting(("something else",)), MISSING),
        (Purpose.DKIM_1, Sighting((f"v=DKIM1; k=rsa; p={KEY}",), alias=TARGET), GOOD),
        (Purpose.DKIM_1, Sighting((f"v=DKIM1;k=rsa;p={KEY[:99]} {KEY[99:]};",)), GOOD),
        (Purpose.DKIM_1, Sighting(("v=DKIM1; p=another",)), WRONG),
        (Purpose.DKIM_1, Sighting((f"v=DKIM1; p={KEY}", "v=DKIM1; p=another")), WRONG),
        (Purpose.DKIM_1, Sighting(alias=TARGET), AWAITED),
        (Purpose.DKIM_1, Sighting(("v=DKIM1; p=old",), alias=TARGET), AWAITED),
        (Purpose.DKIM_1, Sighting(alias="elsewhere.example"), WRONG),
        (Purpose.DKIM_1, Sighting(), MISSING),
        (Purpose.SPF, Sighting(("v=spf1 include:_spf.mp.example ~all", "google-site-verification=1")), GOOD),
        (Purpose.SPF, Sighting(("V=SPF1 mx +INCLUDE:_SPF.mp.example -all",)), GOOD),
        (Purpose.SPF, Sighting(("v=spf1 mx -all",)), WRONG),
        (Purpose.SPF, Sighting(("v=spf1 include:_spf.mp.example ~all", "v=spf1 mx -all")), WRONG),
        (Purpose.SPF, Sighting(("v=spf10 x",)), MISSING),
        (Purpose.DMARC, Sighting(("v=DMARC1; p=reject; rua=mailto:x@park.kr",)), GOOD),
        (Purpose.DMARC, Sighting(("v=DMARC1",)), WRONG),
        (Purpose.DMARC, Sighting(("v=DMARC1; sp=none",)), WRONG),
        (Purpose.DMARC, Sighting(()), MISSING),
        (Purpose.RETURN_PATH, Sighting(alias="bounces.mp.example", leads_somewhere=True), GOOD),
        (Purpose.RETURN_PATH, Sighting(alias="bounces.mp.example"), AWAITED),
        (Purpose.RETURN_PATH, Sighting(alias="x.example", leads_somewhere=True), WRONG),
        (Purpose.RETURN_PATH, Sighting(), MISSING),
    ],
)  # fmt: skip
def test_a_record_is_judged_by_what_was_seen(purpose: Purpose, seen: Sighting, state: RecordState) -> None:
    assert judge(WANTED[purpose], seen) is state


@pytest.mark.parametrize(
    ("existing", "joined"),
    [
        ([], "v=spf1 include:us ~all"),
        (["v=spf1 mx include:_spf.google.com -all"], "v=spf1 mx include:_spf.google.com include:us -all"),
        (["v=spf1 redirect=park.example"], "v=spf1 include:us redirect=park.example"),
        (["v=spf1 mx ~all", "v=spf1 mx a ~all"], "v=spf1 mx a include:us ~all"),
    ],
)
def test_an_spf_record_is_extended_not_replaced(existing: list[str], joined: str) -> None:
    assert spf_joined(existing, "include:us") == joined


def test_each_registrar_gets_names_and_values_as_its_form_wants_them() -> None:
    key: Wanted = WANTED[Purpose.DKIM_1]
    assert registrar("gabia").host(key.host) == registrar("route53").host(key.host) == "mp1._domainkey"
    assert registrar("gabia").host("park.kr") == "@"
    assert registrar("cafe24").host("park.kr") == ""
    assert registrar("unknown").host(key.host) == "mp1._domainkey.park.kr"
    assert registrar("gabia").value("CNAME", key.value) == f"{key.value}."
    quoted = registrar("route53").value("TXT", key.text)
    assert [len(part.strip('" ')) <= 255 for part in quoted.split('" "')] == [True, True]
    assert quoted.replace('" "', "").strip('"') == key.text
    assert len({each.code for each in REGISTRARS}) == 7


def test_looks_become_rarer_until_the_domain_is_complete() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    waits = [next_look(now, settled=False, looks_without_change=n) - now for n in range(len(SETTING_UP) + 2)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert waits[-1] == timedelta(days=1)
    assert next_look(now, settled=True, looks_without_change=0) - now == timedelta(hours=12)
