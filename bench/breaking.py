"""Breaking news from the click to the last server that took it: goal 100,000 recipients within 90 s.

The click is what the page's button does (write the mail, count the people, check, order), in a process of the product
beside the running service; time counts from the beginning of its transaction. What it costs to receive the form and
to answer it is not in it. Mails are signed with RSA-2048 and go into the built-in sink.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import psycopg

from bench import harness
from bench.audience import people
from bench.main_job import PROCESSES, send
from bench.sink import built_in
from config.child import free_port

GOAL = 90.0
RECIPIENTS = 100_000
SLUG = "breaking"
QUERY = """
    SELECT extract(epoch FROM first_accepted_at - requested_at)::float8,
           extract(epoch FROM half_at - requested_at)::float8,
           extract(epoch FROM last_accepted_at - requested_at)::float8, accepted
    FROM launches l JOIN tenants t ON t.id = l.tenant_id WHERE t.slug = %s AND finished_at IS NOT NULL
"""


def click(recipients: int) -> None:
    """Make a workspace with its people, then press the button."""
    from app.compose import breaking
    from app.compose.service import Order
    from app.core import clock
    from app.core.db import db
    from app.core.tenancy import control_plane, tenant_scope
    from app.core.unit import unit_of_work
    from app.factory import create_site_app
    from app.tenants.models import Tenant, TenantState
    from config.settings import Settings

    with create_site_app(Settings.from_env()).app_context():
        with control_plane(), unit_of_work():
            tenant = Tenant(
                slug=SLUG, name="Bench", locale="en", timezone="UTC", state=TenantState.ACTIVE, plan_code="newspaper",
                sender_address="news@bench.example",
            )  # fmt: skip
            db.session.add(tenant)
            db.session.flush()
            tenant_id = tenant.id
        with tenant_scope(tenant_id), unit_of_work():
            list_id = people(recipients, "readers.example")
        with tenant_scope(tenant_id), unit_of_work():
            news = breaking.Bulletin(
                breaking.STARTER,
                "Harbour bridge closed",
                "Closed since nine.\nhttps://news.example.com/1",
                [list_id],
                [],
            )
            order = Order(1, recipients, report_to_author=False, report_recipients=[], author_address="")
            breaking.send(news, order, breaking.Aside(), author_id=0, now=clock.now())


def measured(recipients: int) -> Mapping[str, float]:
    port = free_port()
    with harness.product(env={"MTA_RELAY": f"127.0.0.1:{port}"}) as product:
        subprocess.run(
            [sys.executable, "-m", "bench.signing", "rsa2048"], cwd=harness.ROOT, env=product.env, check=True
        )
        product.start("sink", built_in(port, sys.executable))
        for process in PROCESSES:
            product.start(process)
        product.wait_for_web()
        send(product, 500, slug="warm", seconds=60)
        clicking = [sys.executable, "-m", "bench.breaking", "--click", str(recipients)]
        subprocess.run(clicking, cwd=harness.ROOT, env=product.env, check=True)
        with psycopg.connect(product.services.database_url, autocommit=True) as connection:
            first, half, last, accepted = product.wait_until(
                "the end", lambda: connection.execute(QUERY, [SLUG]).fetchone(), seconds=600, every=0.2
            )
    return {"recipients": accepted, "first_accepted_s": first, "half_s": half, "last_accepted_s": last}


def main() -> None:
    parser = harness.parser(__doc__ or "")
    parser.add_argument("--recipients", type=int, default=RECIPIENTS)
    parser.add_argument("--click", type=int, metavar="RECIPIENTS", help="only make a workspace and press its button")
    options = parser.parse_args()
    if options.click:
        click(options.click)
        return
    recipients = 5_000 if options.quick else options.recipients
    figures = harness.in_turn(1 if options.quick else options.rounds, {"": lambda: measured(recipients)})
    notes = [f"goal: {RECIPIENTS:,} recipients within {GOAL:.0f} s of the click", "RSA-2048, one starter mail"]
    harness.report("breaking", figures, notes)


if __name__ == "__main__":
    main()
