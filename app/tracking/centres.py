"""Networks of data centres, where servers are and readers are not. A file of them is data: one network a line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_address, ip_network
from pathlib import Path

from app.core.site import settings
from config.settings import ROOT

SHIPPED = ROOT / "config" / "data_centres.txt"
ADDRESSES_REMEMBERED = 10_000


@lru_cache(maxsize=ADDRESSES_REMEMBERED)
def holds(address: str) -> bool:
    """Tell whether an address is in one of the networks; what is no address is not."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    starts, ends = _ranges()[ip.version]
    place = bisect_right(starts, int(ip))
    return place > 0 and int(ip) <= ends[place - 1]


Ranges = dict[int, tuple[list[int], list[int]]]


@cache
def _ranges() -> Ranges:
    path = settings().data_centres
    return read(Path(path) if path else SHIPPED)


def read(path: Path) -> Ranges:
    """Return the networks of a file by IP version, as sorted first and last addresses. What follows a # is a comment.

    Raises:
        ValueError: a line is no network.
    """
    words = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    networks = [ip_network(word) for word in words if word]
    return {
        4: _bounds(collapse_addresses(each for each in networks if isinstance(each, IPv4Network))),
        6: _bounds(collapse_addresses(each for each in networks if isinstance(each, IPv6Network))),
    }


def _bounds(networks: Iterable[IPv4Network] | Iterable[IPv6Network]) -> tuple[list[int], list[int]]:
    ordered = sorted((int(network[0]), int(network[-1])) for network in networks)
    return [low for low, _ in ordered], [high for _, high in ordered]
