"""A day of those who run the service: plans, a visit, a failed job, a destination, an appeal, news. All in Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pyotp
import pytest
from playwright.sync_api import Browser, expect
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app.core.queue import RUNNER
from app.demo import LOGIN, SLUG
from app.operator import mail_traffic
from app.tenants.plans import plans
from tests.support.live import DEMO_PASSWORD, Live
from tests.support.visitor import Visitor, visitor

NAME = "데일리 파크"
BRAKE = """
    INSERT INTO brakes (tenant_id, braked_at, reason, share) SELECT id, now(), 'hard_bounces', 0.123 FROM tenants
    WHERE slug = %s ON CONFLICT (tenant_id) DO UPDATE SET braked_at = now(), reason = 'hard_bounces', appealed_at = NULL
"""


@dataclass(frozen=True)
class Day:
    """An operator at the console, and an owner in their workspace."""

    live: Live
    operator: Visitor
    owner: Visitor

    def console(self, path: str) -> None:
        self.operator.page.goto(self.live.console + path)

    def workspace(self, path: str) -> None:
        self.owner.page.goto(self.live.workspace() + path)


@pytest.fixture(scope="module")
def recovery_codes(chromium: Browser, live_service: Live) -> Iterator[list[str]]:
    """The first time at the console the second factor is set up; these codes open it the next times."""
    with visitor(chromium, "en", 1280) as operator:
        knock(operator, live_service)
        secret = operator.page.locator("[data-copy]").first.get_attribute("data-copy") or ""
        operator.look("console-set-up")
        operator.page.fill("input[name=code]", pyotp.TOTP(secret).now())
        operator.press("Set it up")
        codes = operator.page.locator("main li code").all_inner_texts()
        assert len(codes) == 10
        operator.look("console-recovery")
        yield codes


def knock(operator: Visitor, live: Live) -> None:
    operator.page.goto(f"{live.console}/sign-in")
    operator.page.fill("input[name=email]", LOGIN)
    operator.page.fill("input[name=password]", DEMO_PASSWORD)
    operator.press("Sign in")
    operator.page.wait_for_url(f"{live.console}/second-factor")


@pytest.mark.parametrize(("language", "width"), [("ko", 390), ("en", 1280)])
def test_a_day_at_the_console(
    chromium: Browser, live_service: Live, recovery_codes: list[str], language: str, width: int
) -> None:
    with visitor(chromium, language, width) as operator, visitor(chromium, language, width) as owner:
        day = Day(live_service, operator, owner)
        come_in(day, recovery_codes.pop())
        confirm_a_plan(day)
        find_the_workspace(day)
        visit_by_consent(day)
        retry_a_failed_job(day)
        suspend_a_destination(day)
        answer_an_appeal(day)
        announce(day)
        check_the_system(day)


def come_in(day: Day, code: str) -> None:
    """The operator with both factors, the owner with a password."""
    knock(day.operator, day.live)
    day.operator.page.fill("input[name=code]", code)
    day.operator.look("console-code")
    day.operator.press("Sign in")
    day.operator.page.wait_for_url(f"{day.live.console}/")
    day.workspace("/sign-in")
    day.owner.page.fill("input[name=email]", LOGIN)
    day.owner.page.fill("input[name=password]", DEMO_PASSWORD)
    day.owner.submit("/sign-in")
    day.owner.page.wait_for_url(day.live.workspace() + "/")


def confirm_a_plan(day: Day) -> None:
    """The largest that the workspace does not have; asked for twice, it has its own again."""
    operator, owner = day.operator, day.owner
    day.workspace("/settings/plan")
    offered = owner.page.locator("form[action$='/settings/plan'] input[name=plan]").last.input_value()
    plan = plans()[offered].names[owner.language]
    owner.press("Change to %(plan)s", plan=plan)
    owner.reads("Waiting for our yes")
    day.console("/plans")
    expect(operator.main).to_contain_text(plan)
    operator.press("Confirm")
    operator.look("console-plans")
    operator.press("Give it the plan")
    operator.reads("The workspace has the plan now and was told by mail.")
    owner.page.reload()
    owner.reads("You have the plan %(plan)s.", plan=plan)


def find_the_workspace(day: Day) -> None:
    operator = day.operator
    day.console("/")
    operator.look("console-workspaces")
    operator.page.fill("input[name=q]", LOGIN)
    operator.page.press("input[name=q]", "Enter")
    operator.page.get_by_role("link", name=NAME).click()
    expect(operator.page.get_by_role("heading", level=1)).to_contain_text(NAME)


def visit_by_consent(day: Day) -> None:
    """Without it there is no way in; afterwards the workspace reads that somebody was there."""
    operator, owner = day.operator, day.owner
    way_in = operator.page.get_by_role("button", name=operator.say("Look around as its owner"))
    expect(way_in).to_have_count(0)
    day.workspace("/settings/support")
    owner.press("Let operators look around")
    operator.page.reload()
    operator.look("console-workspace")
    way_in.click()
    operator.look("console-visit")
    operator.press("Look around")
    operator.reads(
        "You are looking around as an operator, as an owner of this workspace sees it. Nothing can be changed."
    )
    owner.page.reload()
    expect(owner.page.locator("section[aria-labelledby=acts]")).to_contain_text(LOGIN)
    owner.look("support")
    owner.press("Take it back")


def retry_a_failed_job(day: Day) -> None:
    """A picture's place is taken by a folder, so that it cannot be removed; when it is free, the job runs."""
    operator, name = day.operator, f"stuck-{day.operator.language}.png"
    stuck = day.live.product.var / "media" / name[:2] / name
    stuck.mkdir(parents=True)
    give_up_on("media.discard", name, day.live)
    day.console("/queues")
    operator.waits_for(f"IsADirectoryError: [Errno 21] Is a directory: '{stuck}'")
    operator.look("console-queues")
    stuck.rmdir()
    operator.press("Retry")
    operator.reads("The job is queued again.")
    day.console("/queues")
    operator.waits_for(name, gone=True)


def give_up_on(task: str, argument: str, live: Live) -> None:
    """Queue a task as it is queued for its last try."""
    with Redis.from_url(live.product.env["REDIS_URL"]) as redis:
        queue = Queue("default", connection=redis, serializer=JSONSerializer)
        queue.enqueue(RUNNER, args=(task, None, [argument]), meta={"task": task, "tenant_id": None})


def suspend_a_destination(day: Day) -> None:
    """What is for it waits, and leaves when it is resumed."""
    operator = day.operator
    day.console("/mail")
    operator.look("console-mail")
    operator.press("Suspend")
    operator.reads("Nothing is sent there from now on. What is for it waits.")
    until(day, lambda one: one["suspended"])
    ask_for_a_letter(day)
    until(day, lambda one: one["suspended"] and one["waiting"])
    subject = day.owner.say("Your workspaces")
    assert not [one for one in day.live.messages(LOGIN) if subject in one["subject"]]
    operator.page.reload()
    operator.look("console-suspended")
    operator.press("Resume")
    operator.reads("Mail goes there again, first what waited.")
    day.live.message(LOGIN, subject=subject)


def ask_for_a_letter(day: Day) -> None:
    day.owner.page.goto(f"{day.live.site}/workspaces/find")
    day.owner.page.fill("input[name=email]", LOGIN)
    day.owner.press("Send the list")


def until(day: Day, holds: Callable[[dict[str, object]], object]) -> None:
    """Wait until the MTA says so of a destination."""

    def seen() -> bool:
        picture = redis.get(mail_traffic.KEY)
        assert isinstance(picture, bytes)
        return any(holds(one) for one in json.loads(picture)["destinations"])

    with Redis.from_url(day.live.product.env["REDIS_URL"]) as redis:
        day.live.product.wait_for("the word of the operator", seen, seconds=20)


def answer_an_appeal(day: Day) -> None:
    operator, owner = day.operator, day.owner
    with psycopg.connect(day.live.product.env["DATABASE_URL"]) as connection:
        connection.execute(BRAKE, [SLUG])
    day.workspace("/settings/conduct")
    owner.reads("Sending is on hold")
    owner.page.fill("textarea[name=words]", "An old list. We have cleaned it since.")
    owner.press("Ask us to look at it")
    day.console("/abuse")
    expect(operator.main).to_contain_text("An old list.")
    operator.look("console-abuse")
    operator.press("Let it send again")
    operator.reads("The workspace can send again and was told by mail.")
    owner.page.reload()
    expect(owner.main).not_to_contain_text(owner.say("Sending is on hold"))


def announce(day: Day) -> None:
    operator, owner = day.operator, day.owner
    said = {"korean": "오늘 밤 점검합니다.", "english": "We tidy up tonight."}
    day.console("/announcements")
    for name, text in said.items():
        operator.page.fill(f"[name={name}]", text)
    operator.press("Announce it")
    operator.reads("Every member sees it in that time.")
    operator.look("console-announcements")
    mine = said["korean" if owner.language == "ko" else "english"]
    day.workspace("/")
    expect(owner.main).to_contain_text(mine)
    operator.press("End it now")
    owner.page.reload()
    expect(owner.main).not_to_contain_text(mine)


def check_the_system(day: Day) -> None:
    day.console("/system")
    for part in ("PostgreSQL", "Redis", "Disk", "Clocks", "DNS", "Port 25 outwards", "Certificates"):
        day.operator.reads(part)
    day.operator.look("console-system")
    for path in ("/domains", "/counters", "/plans/events"):
        day.console(path)
        day.operator.look(f"console{path.replace('/', '-')}")
