"""DMARC aggregate reports: read from XML, ZIP and GZ, by mail and by hand; bombs and strangers' files refused."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from app import inbound
from app.core import clock
from app.core.unit import unit_of_work
from app.domains import dmarc, postmaster, queries, service
from app.domains.records import dmarc_text, report_address
from app.inbound import addressed
from config.settings import ROOT
from tests.support.workspaces import Place

DAY = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
Row = tuple[str, int, str, str, str]


def report(
    domain: str, *rows: Row, key: str = "1", begins: int | None = None, organisation: str = "google.com"
) -> bytes:
    """A report as Google writes them; a row is address, count, disposition, dkim, spf."""
    begin = begins if begins is not None else int(clock.now().timestamp()) - 86_400
    records = "".join(
        f"<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>"
        f"<disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row>"
        f"<identifiers><header_from>{domain}</header_from></identifiers></record>"
        for ip, count, disposition, dkim, spf in rows
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" ?><feedback><report_metadata>'
        f"<org_name>{organisation}</org_name><report_id>{key}</report_id>"
        f"<date_range><begin>{begin}</begin><end>{begin + 86_399}</end></date_range></report_metadata>"
        f"<policy_published><domain>{domain}</domain><p>none</p></policy_published>{records}</feedback>"
    ).encode()


GOOD: Row = ("192.0.2.7", 120, "none", "pass", "pass")
BAD: Row = ("198.51.100.9", 3, "quarantine", "fail", "fail")


def zipped(xml: bytes, name: str = "report.xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, xml)
    return out.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zipped], ids=["xml", "gz", "zip"])
def test_a_report_is_read_however_it_is_packed(pack: object) -> None:
    found = dmarc.parse(pack(report("daily.example", GOOD, BAD, begins=DAY)))  # type: ignore[operator]
    assert (found.organisation, found.key, found.domain, found.policy) == ("google.com", "1", "daily.example", "none")
    assert found.begins_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert found.sources[0] == dmarc.Source("192.0.2.7", 120, "none", True, True, "daily.example")
    assert not found.sources[1].dkim


def test_a_namespace_changes_nothing() -> None:
    named = report("daily.example", GOOD).replace(b"<feedback>", b'<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">')
    assert dmarc.parse(named).sources[0].count == 120


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE feedback [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<feedback><report_metadata><org_name>&b;</org_name></report_metadata></feedback>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE feedback [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<feedback><report_metadata><org_name>&x;</org_name></report_metadata></feedback>"""


@pytest.mark.parametrize(
    "file",
    [
        b"", b"hello", b"<feedback>", b"<html></html>", LAUGHS, OUTSIDE, b"PK\x03\x04 no zip", b"\x1f\x8b no gzip",
        zipped(b"<feedback/>", "report.txt"), b"\x00" * 100,
        report("daily.example", ("no address", 1, "none", "pass", "pass")),
        report("daily.example", ("192.0.2.1", -1, "none", "pass", "pass")),
        report("daily.example", ("192.0.2.1", 2**70, "none", "pass", "pass")),
        report("daily.example", GOOD, begins=2**60),
    ],
    ids=["empty", "text", "cut off", "page", "entities", "file entity", "no zip", "no gzip", "no xml in it", "zeros",
         "no address", "negative", "huge count", "far away"],
)  # fmt: skip
def test_what_is_no_report_is_refused(file: bytes) -> None:
    with pytest.raises(dmarc.NoReport):
        dmarc.parse(file)


@pytest.mark.parametrize("pack", [gzip.compress, zipped], ids=["gz", "zip"])
def test_a_bomb_is_refused_before_it_is_unpacked(pack: object) -> None:
    bomb = pack(b" " * (dmarc.LARGEST_XML + 1))  # type: ignore[operator]
    assert len(bomb) < 100_000
    with pytest.raises(dmarc.TooLarge):
        dmarc.parse(bomb)
    with pytest.raises(dmarc.TooLarge):
        dmarc.parse(b"<" * (dmarc.LARGEST_FILE + 1))


# --- taking in --------------------------------------------------------------------------------------------------


def domain_of(place: Place) -> tuple[int, str]:
    name = f"{place.slug}.example"
    with place.inside():
        return service.add_domain(name), name


def test_reports_are_added_up(workspace: Place) -> None:
    number, name = domain_of(workspace)
    with workspace.inside():
        assert postmaster.take_in(number, report(name, GOOD, BAD))
        assert postmaster.take_in(number, report(f"news.{name}", GOOD, key="2", organisation="naver.com"))
        assert not postmaster.take_in(number, report(name, GOOD, BAD)), "the same report twice is one"
        old = report(name, GOOD, key="old", begins=int((clock.now() - timedelta(days=40)).timestamp()))
        postmaster.take_in(number, old)
        found = postmaster.summary(number, now=clock.now())
    assert (found.reports, found.mails, found.proven, found.strangers, found.refused) == (2, 243, 240, 3, 3)
    assert [one.address for one in found.sources] == ["192.0.2.7", "198.51.100.9"]
    assert found.organisations == ["google.com", "naver.com"]


def test_a_report_about_another_domain_is_refused(workspace: Place) -> None:
    number, name = domain_of(workspace)
    with workspace.inside():
        for other in ("other.example", f"x{name}", "example", ""):
            with pytest.raises(postmaster.AnotherDomain):
                postmaster.take_in(number, report(other, GOOD))
        assert postmaster.summary(number, now=clock.now()).reports == 0


def test_another_workspace_sees_no_report(workspace: Place, other_workspace: Place) -> None:
    number, name = domain_of(workspace)
    with workspace.inside():
        postmaster.take_in(number, report(name, GOOD))
    with other_workspace.inside():
        assert postmaster.summary(number, now=clock.now()).reports == 0
        with pytest.raises(Exception, match="not here"):
            postmaster.take_in(number, report(name, GOOD, key="2"))


def test_reports_of_last_year_are_forgotten(workspace: Place) -> None:
    number, name = domain_of(workspace)
    with workspace.inside():
        postmaster.take_in(number, report(name, GOOD))
        postmaster.drop_old(clock.now() + postmaster.KEPT + timedelta(days=1))
        assert postmaster.summary(number, now=clock.now()).reports == 0


# --- by mail ----------------------------------------------------------------------------------------------------


def address_of(place: Place, number: int) -> str:
    with place.inside():
        return report_address(queries.domain(number).token, "messagepark.test")


def mail(to: str, *files: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "noreply@google.com", f"Reports <{to}>", "Report domain"
    message.set_content("This is a report.")
    for file in files:
        message.add_attachment(file, maintype="application", subtype="zip", filename="report.zip")
    return message.as_bytes()


def test_a_mail_to_the_domains_address_is_taken_in(workspace: Place) -> None:
    number, name = domain_of(workspace)
    to = address_of(workspace, number)
    sent = mail(to, zipped(report(name, GOOD)), b"PK not at all", zipped(report("other.example", BAD)))
    assert addressed(sent) == [to]
    with workspace.dispatcher.site.app_context(), unit_of_work():
        assert postmaster.deliver(sent, to) == 1
        assert postmaster.deliver(sent, to.upper()) == 0, "known already"
    with workspace.inside():
        assert postmaster.summary(number, now=clock.now()).mails == 120


@pytest.mark.parametrize("to", ["dmarc+@messagepark.test", "dmarc+000000000000@messagepark.test", "no address", "",
                                "dmarc+%@messagepark.test"])  # fmt: skip
def test_mail_to_nobody_is_dropped(workspace: Place, to: str) -> None:
    with workspace.dispatcher.site.app_context(), unit_of_work():
        assert postmaster.deliver(mail("x@example.com", zipped(report("daily.example", GOOD))), to) == 0


def test_the_record_that_we_propose_names_the_address(workspace: Place) -> None:
    number, _name = domain_of(workspace)
    with workspace.inside():
        found = queries.domain(number)
        text = dmarc_text(found.token, "messagepark.test")
    assert text == f"v=DMARC1; p=none; rua=mailto:{address_of(workspace, number)}"


def piped(
    place: Place, folder: Path, sent: bytes, *recipients: str, database: str = ""
) -> subprocess.CompletedProcess[bytes]:
    """Hand a mail over as Postfix's pipe(8) does: hardly any environment, the mail on standard input."""
    settings = place.dispatcher.settings
    (folder / "env").write_text(
        "# as systemd reads it\n\n"
        "MESSAGEPARK_ENVIRONMENT=test\n"
        f"MESSAGEPARK_BASE_URL={settings.base_url}\n"
        f"DATABASE_URL={database or settings.database_url}\n"
        f"REDIS_URL={settings.redis_url}\n"
        f"MESSAGEPARK_SECRET_KEY={settings.secret_key}\n"
    )
    env = {
        "PATH": "/usr/bin:/bin",
        "MAIL_CONFIG": "/etc/postfix",
        "LANG": "C",
        "MESSAGEPARK_INBOUND_ENV": str(folder / "env"),
    }
    command = [ROOT / "deploy" / "inbound", *recipients]
    return subprocess.run(command, input=sent, env=env, cwd="/", capture_output=True, check=False)


def test_the_mail_server_pipes_a_mail_in(workspace: Place, tmp_path: Path) -> None:
    number, name = domain_of(workspace)
    to = address_of(workspace, number)
    sent = mail("list@example.com", zipped(report(name, GOOD)))
    done = piped(workspace, tmp_path, sent, to)
    assert (done.returncode, done.stdout) == (os.EX_OK, b"1\n"), done.stderr
    with workspace.inside():
        assert postmaster.summary(number, now=clock.now()).mails == 120


def test_without_the_database_the_mail_server_keeps_the_mail(workspace: Place, tmp_path: Path) -> None:
    to = "dmarc+000000000000@messagepark.test"
    done = piped(
        workspace, tmp_path, mail(to, zipped(report("x.example", GOOD))), to, database="postgresql://127.0.0.1:1/none"
    )
    assert (done.returncode, done.stderr[:5]) == (os.EX_TEMPFAIL, b"4.3.0")


def test_without_its_settings_the_mail_server_keeps_the_mail(tmp_path: Path) -> None:
    env = {"PATH": "/usr/bin:/bin", "MESSAGEPARK_INBOUND_ENV": str(tmp_path / "none")}
    done = subprocess.run([ROOT / "deploy" / "inbound"], input=b"x", env=env, capture_output=True, check=False)
    assert done.returncode == os.EX_TEMPFAIL


@pytest.mark.parametrize("sent", [b"", b" \r\n", b"x" * (inbound.LARGEST_MAIL + 1)], ids=["empty", "blank", "large"])
def test_what_is_no_mail_is_refused(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(sent)))
    assert inbound.main(["inbound", "x@messagepark.test"]) == os.EX_DATAERR


def test_mail_that_is_no_report_is_dropped_without_a_word_to_its_sender(
    workspace: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(mail("someone@messagepark.test"))))
    monkeypatch.setattr(inbound, "create_site_app", lambda _settings: workspace.dispatcher.site)
    assert inbound.main(["inbound"]) == os.EX_OK
