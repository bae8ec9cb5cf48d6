"""Addresses are cut before they are stored."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.network import cut


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1234:5678::9", "2001:db8:1234::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("not an address", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_an_address_is_cut_to_its_neighbourhood(address: str | None, network: str) -> None:
    assert cut(address) == network


@given(st.ip_addresses())
def test_what_is_kept_names_nobody(address: object) -> None:
    kept = ip_network(cut(str(address)))
    assert kept.num_addresses >= 256
    shown = ip_address(str(address))
    assert shown in kept or (shown.version == 6 and getattr(shown, "ipv4_mapped", None) in kept)
