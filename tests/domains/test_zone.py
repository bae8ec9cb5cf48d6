"""What our own DNS is told to say."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import dns.zone
import pytest

from app import zone
from app.core import clock
from app.domains import service
from app.domains.keys import public_in
from app.domains.terms import Purpose
from config.settings import Settings
from tests.domains.conftest import Owned
from tests.support.workspaces import Place

NETWORKS = ("192.0.2.0/28", "2001:db8::/64")


@pytest.mark.usefixtures("service_keys")
def test_the_zone_publishes_every_key_that_customers_point_to(
    add: Callable[..., Owned], workspace: Place, other_workspace: Place, settings: Settings, name: str
) -> None:
    owned, other = add(workspace, name), add(other_workspace, name)
    with workspace.inside():
        service.sign_twice(owned.id, now=clock.now())
    with workspace.dispatcher.site.app_context():
        lines = list(zone.zone(replace(settings, sending_networks=NETWORKS)))
    made = dns.zone.from_text(
        io.StringIO("@ 60 IN SOA ns hostmaster 1 1 1 1 1\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n" + "\n".join(lines)),
        origin="messagepark.test.",
        relativize=False,
    )

    def text(host: str) -> str:
        [rdata] = made.find_rdataset(f"{host}.", "TXT")
        return b"".join(rdata.strings).decode()

    for each in (owned, other):
        for purpose in (Purpose.DKIM_1, Purpose.DKIM_2):
            wanted = each.wanted(purpose)
            assert text(wanted.value) == wanted.text
    second = owned.wanted(Purpose.DKIM_ED25519)
    assert text(second.value) == second.text
    assert second.text.startswith("v=DKIM1; k=ed25519; p=")
    assert text("senders.messagepark.test") == text("messagepark.test")
    assert made.find_rdataset("senders.messagepark.test.", "MX")
    assert public_in(text("mp1._domainkey.messagepark.test"))
    assert text("_spf.messagepark.test") == "v=spf1 ip4:192.0.2.0/28 ip6:2001:db8::/64 ~all"
    assert made.find_rdataset("bounces.messagepark.test.", "MX")
