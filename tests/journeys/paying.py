"""A stranger signs up, pays for a plan, invites a colleague, proves a domain and sends signed mail. All in Chromium.

Stripe is localstripe, and its hosted pages a stand-in (`tests.support.stripe_pages`); everything on our side is the
product as it runs, with plans that are paid through Stripe.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from app.billing import gateway
from app.core import site
from app.core.second_factor import STEP_SECONDS
from bench import harness
from config.child import free_port
from config.settings import Settings
from tests.journeys.main_job import fill_editor
from tests.support.chromium import SWITCHES, chromium_path
from tests.support.live import Live
from tests.support.localstripe import KEY, localstripe
from tests.support.receivers import verified_by
from tests.support.stripe_pages import CHECKOUT, PORTAL, stripe_pages
from tests.support.visitor import Visitor, link_in, visitor

PASSWORD = "lanterns along the harbour wall"
PLANS = {"ko": ("스타터", "무료", "₩19,000"), "en": ("Starter", "Free", "$15")}


@dataclass(frozen=True)
class Till:
    """The service where plans are paid, and a browser that finds Stripe's pages."""

    live: Live
    browser: Browser


@pytest.fixture(scope="module")
def till(live_service: Live, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """The running service with one more web process, which knows Stripe, as all others do."""
    folder, port = tmp_path_factory.mktemp("stripe"), free_port()
    live = replace(live_service, site=f"http://localhost:{port}")
    here = {"MESSAGEPARK_BIND": f"127.0.0.1:{port}", "MESSAGEPARK_BASE_URL": live.site}
    live.product.start("web-paid", harness.procfile_command("web"), env=here)
    with (
        localstripe(folder) as stripe,
        stripe_pages(stripe, folder, port=live.stripe_port) as switches,
        chromium.browser_type.launch(executable_path=chromium_path(), args=[*SWITCHES, *switches]) as browser,
    ):
        stripe.webhook(f"{live.site}/payment-events")
        _make_prices(live)
        live.product.wait_for("the web server's first answer", lambda: harness.answers(live.site), seconds=60)
        yield Till(live, browser)
    live.product.stop("web-paid")


def _make_prices(live: Live) -> None:
    """What `python -m app.prices` does, but for meters, which localstripe does not have."""
    site.use_settings(Settings(stripe_key=KEY, stripe_base=live.product.env["MESSAGEPARK_STRIPE_BASE"]))
    gateway.put_plans()


@dataclass(frozen=True)
class Customer:
    """The stranger, and what they call things."""

    who: Visitor
    live: Live
    slug: str

    @property
    def home(self) -> str:
        return self.live.workspace(self.slug)

    @property
    def email(self) -> str:
        return f"owner@{self.domain}"

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"

    def goto(self, path: str) -> None:
        self.who.page.goto(self.home + path)


@pytest.mark.parametrize(("language", "width"), [("ko", 1280), ("en", 390)])
def test_from_sign_up_over_payment_to_signed_mail(till: Till, language: str, width: int) -> None:
    with visitor(till.browser, language, width) as who:
        customer = Customer(who, till.live, f"lantern-{language}")
        sign_up(customer)
        pay(customer)
        look_at_the_portal(customer)
        invite(customer, till.browser, width)
        sign_in_by_two_steps(customer, add_second_factor(customer))
        prove_domain(customer)
        send_signed_mail(customer)
        see_usage(customer)
        cancel_plan(customer)


def sign_up(customer: Customer) -> None:
    page = customer.who.page
    page.goto(f"{customer.live.site}/sign-up")
    page.fill("input[name=email]", customer.email)
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=workspace_name]", "Lantern News")
    page.fill("input[name=slug]", customer.slug)
    customer.who.submit("/sign-up")
    expect(customer.who.main).to_contain_text(customer.email)
    page.goto(link_in(customer.live.message(customer.email)["text"], "verifications"))
    if page.locator("input[name=password]").count():
        page.fill("input[name=password]", PASSWORD)
    customer.who.main.get_by_role("button").last.click()
    page.wait_for_url(re.compile(rf"//{customer.slug}\.localhost:\d+/"))


def pay(customer: Customer) -> None:
    """Over to Checkout and back; the plan counts when Stripe has told, and the invoice is there."""
    who, (plan, _free, price) = customer.who, PLANS[customer.who.language]
    customer.goto("/settings/plan")
    who.press("Change to %(plan)s", plan=plan)
    who.page.wait_for_url(f"https://{CHECKOUT}/**")
    who.page.get_by_role("button", name="Pay").click()
    who.page.wait_for_url(f"{customer.home}/settings/plan?paid=1")
    who.waits_for(who.say("You have the plan %(plan)s.", plan=plan))
    who.reads("Thank you. The plan counts from now on.")
    expect(who.page.locator("section[aria-labelledby=invoices] tbody tr")).to_contain_text([price])
    expect(who.page.locator("section[aria-labelledby=invoices] tbody tr")).to_contain_text([who.say("paid")])
    who.look("plan-paid")


def look_at_the_portal(customer: Customer) -> None:
    """To Stripe's page of cards, tax numbers and invoices, and back."""
    who = customer.who
    who.press("Card, address, tax number")
    who.page.wait_for_url(f"https://{PORTAL}/**")
    expect(who.main).to_contain_text("paid")
    who.page.get_by_role("link", name="Back to the shop").click()
    who.page.wait_for_url(f"{customer.home}/settings/plan")


def invite(customer: Customer, browser: Browser, width: int) -> None:
    who, address = customer.who, f"editor@{customer.domain}"
    customer.goto("/settings/members")
    who.page.fill("input[name=email]", address)
    who.page.locator("input[name=role][value=editor]").check()
    who.submit("/invitations")
    expect(who.main).to_contain_text(address)
    who.look("members")
    with visitor(browser, who.language, width) as colleague:
        colleague.page.goto(link_in(customer.live.message(address)["text"], "invitations"))
        colleague.page.fill("input[name=name]", "Night editor")
        colleague.page.fill("input[name=password]", PASSWORD)
        colleague.look("invitation")
        colleague.press("Join")
        colleague.page.wait_for_url(f"{customer.home}/")


def add_second_factor(customer: Customer) -> str:
    """Set up an app of codes; returns its secret."""
    who = customer.who
    customer.goto("/settings/security/app")
    secret = who.page.locator("main [data-copy]").first.get_attribute("data-copy") or ""
    who.page.fill("input[name=code]", pyotp.TOTP(secret).now())
    who.page.fill("input[name=password]", PASSWORD)
    who.look("app-of-codes")
    who.submit("/settings/security/app")
    expect(who.page.locator("#recovery-codes li")).to_have_count(10)
    who.look("recovery-codes")
    return secret


def sign_in_by_two_steps(customer: Customer, secret: str) -> None:
    """The code that set the app up is used, so the phone has to show the next one."""
    who = customer.who
    who.page.context.clear_cookies()
    customer.goto("/sign-in")
    who.page.fill("input[name=email]", customer.email)
    who.page.fill("input[name=password]", PASSWORD)
    who.submit("/sign-in")
    who.page.wait_for_url(re.compile("/second-step"))
    who.look("second-step")
    soon = time.time() + STEP_SECONDS
    who.page.fill("input[name=code]", pyotp.TOTP(secret).at(soon))
    who.press("Continue")
    who.page.wait_for_url(f"{customer.home}/")


def prove_domain(customer: Customer) -> None:
    """Set at the name server what the page asks for, and what our own zone says, and have it looked at."""
    who = customer.who
    customer.goto("/settings/domains")
    who.page.fill("input[name=name]", customer.domain)
    who.submit("/settings/domains")
    who.page.wait_for_url(re.compile(r"/settings/domains/\d+"))
    publish_what_is_asked(customer)
    publish_our_zone(customer.live)
    who.press("Check now")
    expect(who.page.locator("#flashes")).to_contain_text(who.say("All records are right."))
    who.look("domain")


def publish_what_is_asked(customer: Customer) -> None:
    for record in customer.who.page.locator(".record").all():
        kind = record.locator("dd code").first.inner_text()
        name, value = (one.get_attribute("data-copy") or "" for one in record.locator("[data-copy]").all()[:2])
        if kind == "TXT":
            customer.live.dns.txt(name, value)
        else:
            customer.live.dns.cname(name, value)


def publish_our_zone(live: Live) -> None:
    command = [sys.executable, "-m", "app.zone"]
    zone = subprocess.run(command, cwd=harness.ROOT, env=live.product.env, capture_output=True, text=True, check=True)
    for line in zone.stdout.splitlines():
        if not line.startswith(";"):
            name, _ttl, _class, kind, value = line.split(" ", 4)
            live.dns.records[name.rstrip("."), kind] = [value]


def send_signed_mail(customer: Customer) -> None:
    """To one reader, from the domain; a receiver verifies it by what the domain's DNS says."""
    who, page = customer.who, customer.who.page
    make_list(customer)
    customer.goto("/mailings/new")
    page.fill("input[name=subject]", "Lanterns tonight")
    page.fill("input[name=sender_address]", f"news@{customer.domain}")
    who.press("Save and write the body")
    page.locator("button[name=start][value=html]").click()
    expect(page.locator(".cm-content")).to_be_visible()
    fill_editor(page, "<p>They are lit at eight.</p>")
    who.press("Save and look at it")
    page.wait_for_url(re.compile("/preview"))
    mailing = page.url.rpartition("/")[0]
    page.goto(f"{mailing}/audience")
    page.locator("input[name=list_ids]").first.check()
    who.press("Save and look at the mail")
    page.wait_for_url(re.compile("/preview"))
    page.goto(f"{mailing}/send")
    who.look("send")
    page.locator("#launch button[type=submit]").click()
    page.wait_for_url(re.compile(r"/mailings/\d+$"))
    letter = customer.live.message(f"reader@{customer.slug}-readers.example", subject="Lanterns tonight")
    source = customer.live.source(letter)
    assert f"d={customer.domain};".encode() in source
    assert verified_by(source, customer.live.dns)
    assert not verified_by(source.replace(b"at eight", b"at seven"), customer.live.dns)


def make_list(customer: Customer) -> None:
    page = customer.who.page
    customer.goto("/lists/new")
    page.fill("input[name=title]", "Evening readers")
    customer.who.submit("/lists")
    page.wait_for_url(re.compile(r"/lists/\d+"))
    page.goto(f"{page.url}/contacts/new")
    page.fill("input[name=address]", f"reader@{customer.slug}-readers.example")
    page.fill("[name=consent]", "At the counter.")
    customer.who.submit("/contacts")


def see_usage(customer: Customer) -> None:
    customer.goto("/settings/usage")
    who, (plan, _free, _price) = customer.who, PLANS[customer.who.language]
    expect(who.main).to_contain_text(plan)
    row = who.page.locator("section[aria-labelledby=mailings] tbody tr")
    expect(row).to_contain_text("Lanterns tonight")
    expect(row.locator("td.num")).to_have_text("1")
    who.look("usage")


def cancel_plan(customer: Customer) -> None:
    """It goes on to the end of what is paid, and the page says until when."""
    who, (plan, free, _price) = customer.who, PLANS[customer.who.language]
    customer.goto("/settings/plan")
    who.press("Change to %(plan)s", plan=free)
    rest = who.say("The plan ends on %(day)s. Until then everything stays as it is; choose it again to keep it.")
    expect(who.main).to_contain_text(max(rest.split("%(day)s"), key=len).strip())
    who.reads("You have the plan %(plan)s.", plan=plan)
    expect(who.page.get_by_role("button", name=who.say("Keep %(plan)s", plan=plan))).to_be_visible()
    expect(who.page.get_by_role("button", name=who.say("Change to %(plan)s", plan=free))).to_have_count(0)
    who.look("plan-cancelled")
