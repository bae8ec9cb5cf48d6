"""Plans are data: `config/plans.toml`, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from flask_babel import get_locale

from config.settings import ROOT

PLANS_FILE = ROOT / "config" / "plans.toml"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workspace has bought. `mails_a_month` counts mails accepted for sending, one a recipient.

    `mails_an_hour` may leave in any hour, 0 for any number. `weight`: its share of the line beside other workspaces.
    `media_mb`: the room for pictures.
    """

    code: str
    names: dict[str, str]
    mails_a_month: int
    mails_an_hour: int = 0
    weight: int = 1
    media_mb: int = 100

    @property
    def media_bytes(self) -> int:
        return self.media_mb * 1024 * 1024

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        locale = get_locale()
        return self.names.get(locale.language if locale else "", self.names["en"])


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
        tables = tomllib.load(file)
    return {code: Plan(code, table.pop("name"), **table) for code, table in tables.items()}
