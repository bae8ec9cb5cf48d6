"""Plans are data: `config/plans.toml`, read once. What a workspace may have is asked here, by whoever adds to it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask_babel import get_locale

from app.core.db import db
from app.core.errors import N_, Invalid
from app.core.tenancy import current_tenant_id
from config.settings import ROOT

PLANS_FILE = ROOT / "config" / "plans.toml"


class Feature(StrEnum):
    """What not every plan has."""

    SERIES = "series"
    TRIALS = "trials"
    DATABASES = "databases"


class Currency(StrEnum):
    KRW = "krw"
    USD = "usd"


class NoPlaceForMembers(Invalid):
    about = "email"
    message = N_(
        "The plan %(plan)s has places for %(most)s people, open invitations counted. Nobody was added;"
        " take a larger plan, or give a place back first."
    )


class NotInPlan(Invalid):
    message = N_("The plan %(plan)s does not include this. Nothing was changed; a larger plan has it.")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workspace has bought, as `config/plans.toml` explains it. 0 contacts or mails an hour: any number.

    `price` is for a month, `overage` for 1,000 mails, by currency.
    """

    code: str
    names: Mapping[str, str]
    mails_a_month: int
    members: int
    domains: int
    retention_days: int
    price: Mapping[str, Decimal]
    mails_an_hour: int = 0
    contacts: int = 0
    weight: int = 1
    media_mb: int = 100
    attachments_mb: int = 1
    features: frozenset[Feature] = frozenset()
    overage: Mapping[str, Decimal] = field(default_factory=dict)
    trial_days: int = 0
    starts_small: bool = True

    @property
    def media_bytes(self) -> int:
        return self.media_mb * 1024 * 1024

    @property
    def attachments_bytes(self) -> int:
        return self.attachments_mb * 1024 * 1024

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        locale = get_locale()
        return self.names.get(locale.language if locale else "", self.names["en"])

    @property
    def is_free(self) -> bool:
        return not any(self.price.values())

    def has(self, feature: Feature) -> bool:
        return feature in self.features

    def must_have(self, feature: Feature) -> None:
        """Let pass what the plan includes.

        Raises:
            NotInPlan: it does not.
        """
        if not self.has(feature):
            raise NotInPlan(plan=self.name)


def plan(code: str) -> Plan:
    """Return a plan by its code.

    Raises:
        KeyError: no plan has this code.
    """
    return plans()[code]


@cache
def plans() -> dict[str, Plan]:
    """Return all plans by code, the smallest first."""
    with PLANS_FILE.open("rb") as file:
        tables = tomllib.load(file, parse_float=Decimal)
    return {code: _plan(code, table) for code, table in tables.items()}


def _plan(code: str, table: dict[str, Any]) -> Plan:
    table["features"] = frozenset(Feature(word) for word in table["features"])
    table |= {name: _money(table.get(name, {})) for name in ("price", "overage")}
    return Plan(code, table.pop("name"), **table)


def _money(table: dict[str, Any]) -> dict[str, Decimal]:
    return {Currency(code): Decimal(amount) for code, amount in table.items()}


def one_at_a_time(what: str) -> None:
    """Let one transaction of the workspace at a time count something and add to it; the lock ends with it."""
    key = sa.func.hashtextextended(f"{what} of {current_tenant_id()}", 0)
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
