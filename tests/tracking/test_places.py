"""Countries, regions and data centres by network: files that an operator may bring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from app.core.site import settings, use_settings
from app.tracking import centres, places
from app.tracking.network import language

SEOUL = {"country": {"iso_code": "KR"}, "subdivisions": [{"iso_code": "11", "names": {"en": "Seoul"}}]}
JAPAN = {"country": {"iso_code": "JP"}}


@pytest.fixture
def configured(tmp_path: Path, workspace: object) -> Iterator[Path]:
    before = settings()
    writer = MMDBWriter(ip_version=4, database_type="Test-City")
    writer.insert_network(IPSet(["203.0.113.0/24"]), SEOUL)
    writer.insert_network(IPSet(["198.51.100.0/24"]), JAPAN)
    path = tmp_path / "geo.mmdb"
    writer.to_db_file(str(path))
    use_settings(replace(before, geo_database=str(path)))
    yield path
    use_settings(before)


@pytest.mark.parametrize(
    ("network", "place"),
    [
        ("203.0.113.0/24", "KR/Seoul"), ("198.51.100.0/24", "JP"), ("192.0.2.0/24", ""), ("2001:db8::/48", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_network_has_a_country_and_a_region(configured: Path, network: str, place: str) -> None:
    assert places.place_of(network) == place


def test_without_a_database_places_are_not_told(workspace: object) -> None:
    assert places.place_of("203.0.113.0/24") == ""


def test_a_database_that_cannot_be_read_stops_nothing(configured: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"no database")
    use_settings(replace(settings(), geo_database=str(broken)))
    assert places.place_of("203.0.113.0/24") == ""


@pytest.mark.parametrize(
    ("accepted", "first"),
    [("ko-KR,ko;q=0.9", "ko"), ("en", "en"), ("FIL-ph", "fil"), ("*", ""), ("", ""), ("english", ""), ("한국어", "")],
)
def test_the_first_language_is_kept(accepted: str, first: str) -> None:
    assert language(accepted) == first


def test_the_shipped_networks_can_be_read_and_hold_no_private_ones() -> None:
    ranges = centres.read(centres.SHIPPED)
    assert len(ranges[4][0]) > 100
    assert not any(centres.holds(address) for address in ("10.0.0.1", "192.168.0.1", "127.0.0.1", "203.0.113.1", "::1"))


def test_the_shipped_networks_are_blocks_of_a_plausible_size_and_none_of_mail_providers() -> None:
    lines = [line.partition("#")[0].strip() for line in centres.SHIPPED.read_text().splitlines()]
    networks = [ip_network(line) for line in lines if line]
    assert len(networks) == len(set(networks))
    assert all(each.prefixlen >= (10 if each.version == 4 else 28) for each in networks)
    # Pictures of Gmail, Apple's privacy relay, Naver, Daum: they have rules of their own.
    mail = [ip_address(each) for each in ("66.249.84.1", "17.58.63.1", "125.209.222.141", "211.231.99.1")]
    assert not any(address in network for address in mail for network in networks)


def test_networks_are_looked_up_by_both_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "centres.txt"
    file.write_text("# ours\n198.51.100.0/25 # half\n198.51.100.128/25\n2001:db8:1::/48\n\n")
    read = centres.read(file)
    monkeypatch.setattr(centres, "_ranges", lambda: read)
    holds = centres.holds.__wrapped__
    assert [holds(a) for a in ("198.51.100.0", "198.51.100.255", "2001:db8:1::9", "::ffff:198.51.100.7")] == [True] * 4
    assert [holds(a) for a in ("198.51.99.255", "198.51.101.0", "2001:db8:2::", "nothing", "")] == [False] * 5


def test_a_file_that_is_no_list_of_networks_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "centres.txt"
    file.write_text("198.51.100.0/24\nhosting\n")
    with pytest.raises(ValueError, match="hosting"):
        centres.read(file)
