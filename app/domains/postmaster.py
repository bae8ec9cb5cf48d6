"""What receivers report of the workspace's domains: taking reports in, and adding them up."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.errors import N_, Invalid
from app.core.site import settings
from app.core.tenancy import control_plane, current_tenant_id, tenant_scope
from app.domains import dmarc, queries
from app.domains.models import DmarcReport, DmarcSource, SendingDomain
from app.domains.records import REPORTS

log = structlog.get_logger(__name__)

DAYS = 28
KEPT = timedelta(days=400)
SHOWN = 50


class AnotherDomain(Invalid):
    about = "file"
    message = N_("This report is about %(domain)s, not about this domain. Nothing was stored.")


@dataclass(frozen=True, slots=True)
class SourceSum:
    """Mails from one address. `ours`: it is one of ours. `proven`: DKIM or SPF showed that the domain allowed them."""

    address: str
    ours: bool
    mails: int
    proven: int
    dkim: int
    spf: int
    refused: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What receivers saw of a domain in the last four weeks; the sources with most mails first."""

    reports: int
    mails: int
    proven: int
    refused: int
    sources: list[SourceSum]
    organisations: list[str]

    @property
    def share(self) -> float | None:
        return self.proven / self.mails if self.mails else None

    @property
    def strangers(self) -> int:
        """Mails that nothing proved: somebody pretends, or a server of the domain's owner is not set up."""
        return self.mails - self.proven


def take_in(domain_id: int, file: bytes) -> bool:
    """Store a report about a domain of the present workspace; False where it is known already.

    Raises:
        NotFound: the workspace has no such domain.
        NoReport, TooLarge: see `dmarc.parse`.
        AnotherDomain: it is about a domain that is neither this one nor above or below it.
    """
    found, report = queries.domain(domain_id), dmarc.parse(file)
    if not _related(report.domain, found.name):
        raise AnotherDomain(domain=report.domain or "–")
    values = {
        "domain_id": domain_id, "organisation": report.organisation, "report_key": report.key, "policy": report.policy,
        "begins_at": report.begins_at, "ends_at": report.ends_at,
    }  # fmt: skip
    number = db.session.scalar(insert(DmarcReport).values(values).on_conflict_do_nothing().returning(DmarcReport.id))
    if number is None:
        return False
    if report.sources:
        db.session.execute(sa.insert(DmarcSource), [_row(number, at, one) for at, one in enumerate(report.sources)])
    return True


def _related(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or (one.count(".") > 0 and other.endswith(f".{one}"))


def _row(report_id: int, number: int, source: dmarc.Source) -> dict[str, object]:
    return {
        "report_id": report_id, "number": number, "address": source.address, "mails": source.count,
        "disposition": source.disposition, "dkim": source.dkim, "spf": source.spf, "header_from": source.header_from,
    }  # fmt: skip


def deliver(mail: bytes, recipient: str) -> int:
    """Take in what was mailed to a domain's address for reports, and return how many reports were new.

    What is no report, or not about the address's domain, is left out: it is mail from strangers. Control plane, to find
    out whose the address is.
    """
    place = _place_of(recipient)
    if place is None:
        log.info("report_for_nobody", recipient=recipient[:20])
        return 0
    tenant_id, domain_id = place
    new = 0
    with tenant_scope(tenant_id):
        for file in dmarc.attached(mail):
            try:
                new += take_in(domain_id, file)
            except Invalid as error:
                log.info("report_refused", tenant=tenant_id, domain=domain_id, reason=type(error).__name__)
    return new


def _place_of(recipient: str) -> tuple[int, int] | None:
    local, _, host = recipient.strip("<> ").lower().rpartition("@")
    token = local.removeprefix(REPORTS)
    if host != settings().mail_domain or token == local or len(token) != 12 or not token.isalnum():
        return None
    query = sa.select(SendingDomain.tenant_id, SendingDomain.id)
    with control_plane():
        rows = db.session.execute(query.where(sa.func.left(SendingDomain.token, 12) == token)).all()
    return (rows[0].tenant_id, rows[0].id) if len(rows) == 1 else None


def drop_old(now: datetime) -> None:
    """Forget reports that are older than a year. Control plane."""
    with control_plane():
        db.session.execute(sa.delete(DmarcReport).where(DmarcReport.ends_at < now - KEPT))


def summary(domain_id: int, *, now: datetime) -> Summary:
    """Add up what was reported of a domain of the present workspace in the last four weeks."""
    mine = sa.and_(
        DmarcReport.tenant_id == current_tenant_id(), DmarcReport.domain_id == domain_id,
        DmarcReport.ends_at > now - timedelta(days=DAYS),
    )  # fmt: skip
    sources = _sources(mine)
    organisations = sa.select(DmarcReport.organisation).where(mine).distinct().order_by(DmarcReport.organisation)
    return Summary(
        reports=db.session.scalar(sa.select(sa.func.count()).select_from(DmarcReport).where(mine)) or 0,
        mails=sum(one.mails for one in sources),
        proven=sum(one.proven for one in sources),
        refused=sum(one.refused for one in sources),
        sources=sources,
        organisations=list(db.session.scalars(organisations)),
    )


def _sources(mine: sa.ColumnElement[bool]) -> list[SourceSum]:
    def mails(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(DmarcSource.mails).filter(*conditions), 0).cast(sa.BigInteger)

    total = mails(sa.true())
    query = (
        sa.select(
            DmarcSource.address, total, mails(sa.or_(DmarcSource.dkim, DmarcSource.spf)),
            mails(DmarcSource.dkim.is_(True)), mails(DmarcSource.spf.is_(True)),
            mails(DmarcSource.disposition.in_(["quarantine", "reject"])),
        )
        .join(DmarcReport, sa.and_(DmarcReport.tenant_id == DmarcSource.tenant_id,
                                   DmarcReport.id == DmarcSource.report_id))
        .where(mine)
        .group_by(DmarcSource.address)
        .order_by(total.desc(), DmarcSource.address)
    )  # fmt: skip
    networks = [ipaddress.ip_network(text, strict=False) for text in settings().sending_networks]
    return [SourceSum(address, _within(address, networks), *counts) for address, *counts in db.session.execute(query)]


def _within(address: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    ip = ipaddress.ip_address(address)
    return any(ip in network for network in networks if network.version == ip.version)
