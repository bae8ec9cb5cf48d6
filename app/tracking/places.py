"""Country and region of a network, where the operator has configured a database of them (MaxMind's format)."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network
from typing import Any

import maxminddb
import structlog

from app.core.site import settings

NETWORKS_REMEMBERED = 50_000
REGION_LENGTH = 60

log = structlog.get_logger(__name__)


def place_of(network: str) -> str:
    """Return where a network is, as ``KR`` or ``KR/Seoul``; empty where nobody knows or no database is configured."""
    path = settings().geo_database
    return _place_of(path, network) if path and network else ""


@lru_cache(maxsize=NETWORKS_REMEMBERED)
def _place_of(path: str, network: str) -> str:
    database = _database(path)
    try:
        found: Any = database.get(str(ip_network(network).network_address)) if database else None
    except ValueError:  # an IPv6 address in a database of IPv4
        return ""
    if not isinstance(found, dict):
        return ""
    country = str(found.get("country", {}).get("iso_code", ""))
    regions = found.get("subdivisions") or [{}]
    region = str(regions[0].get("names", {}).get("en", ""))[:REGION_LENGTH]
    return f"{country}/{region}" if country and region else country


@lru_cache(maxsize=1)
def _database(path: str) -> maxminddb.Reader | None:
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        log.error("geo_database_unreadable", path=path, error=str(error)[:200])
        return None
