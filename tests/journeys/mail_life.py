"""What becomes of mails in the course of days: put off, called back, approved, repeated, overtaken. All in Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.every_page import signed_in
from tests.journeys.main_job import fill_editor
from tests.support.live import Live

LIST = "Quay readers"
PEOPLE = "\n".join(["email", *(f"quay-{n}@harbour.example" for n in ("one", "two", "three"))])
READER = "quay-one@harbour.example"
OWNER = "demo@daily-park.example"
EDITOR = "editor@daily-park.example"
PASSWORD = "the editor of the tests, long enough"
TO_THREE = re.compile(r"^Send to 3 people (now|on )")


@pytest.fixture(scope="module")
def owner(chromium: Browser, live_service: Live) -> Iterator[Page]:
    """The owner of the newspaper, with a list of three."""
    with signed_in(chromium, live_service, locale="en-GB", viewport={"width": 1280, "height": 860}) as context:
        page = context.new_page()
        page.goto(live_service.workspace() + "/lists/new")
        page.fill("input[name=title]", LIST)
        page.get_by_role("main").get_by_role("button", name=re.compile("list|Save", re.I)).last.click()
        page.get_by_role("link", name="Bring people in").click()
        page.fill("textarea", PEOPLE)
        page.get_by_role("button", name="Look at it").click()
        page.fill("[name=consent]", "They asked at the quay.")
        page.get_by_role("button", name="Take in 3 people").click()
        expect(page.get_by_role("main")).to_contain_text(re.compile("3 (people|new|added)", re.I), timeout=20_000)
        yield page


def write(page: Page, live: Live, subject: str) -> str:
    """A mail that is ready to be sent; returns the address of its last step."""
    page.goto(live.workspace() + "/mailings/new")
    page.fill("input[name=subject]", subject)
    page.get_by_role("button", name="Save and write the body").click()
    page.locator("button[name=start][value=html]").click()
    page.locator("textarea[name=html]").evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input', {bubbles: true})); }",
        f"<p>{subject}</p>",
    )
    fill_editor(page, f"<p>{subject}</p>")
    page.get_by_role("button", name="Save and look at it").click()
    page.get_by_role("link", name="Choose recipients").click()
    page.get_by_label(LIST).first.check()
    expect(page.locator("output.audience")).to_contain_text("3")
    page.get_by_role("button", name="Save and look at the mail").click()
    page.get_by_role("link", name="On to sending").click()
    return page.url


def try_out(page: Page) -> None:
    """Send a test: nobody can find the key of the demonstration's domain in DNS, and the page says so."""
    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Preview and test").click()
    page.get_by_role("button", name="Send the test").click()
    told = page.locator("#tests li").first
    expect(told).to_contain_text("accepted", timeout=20_000)
    expect(told).to_contain_text(re.compile("no key in DNS|DKIM not verified"))


def put_off(page: Page, to: datetime) -> None:
    page.get_by_role("link", name="At a set time").click()
    page.fill("input[name=at]", to.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Set this time").click()


def here(page: Page) -> datetime:
    """What the workspace's clock shows, to the minute."""
    hint = page.locator("text=/On the clock of/").first.inner_text()
    zone = re.search(r"On the clock of ([\w/+-]+)", hint)
    assert zone is not None
    return datetime.now(ZoneInfo(zone[1])).replace(second=0, microsecond=0, tzinfo=None)


def test_mail_is_put_off_called_back_and_put_off_again(owner: Page, live_service: Live) -> None:
    last_step = write(owner, live_service, "Put off at the quay")
    try_out(owner)
    owner.goto(last_step)
    owner.get_by_role("link", name="At a set time").click()
    tomorrow = here(owner) + timedelta(days=1)
    put_off(owner, tomorrow)
    owner.get_by_role("button", name=TO_THREE).click()
    main = owner.get_by_role("main")
    expect(main).to_contain_text("Scheduled")
    owner.get_by_role("button", name="Cancel, back to the drafts").click()
    expect(owner.locator("#flashes")).to_contain_text("draft again")
    owner.goto(live_service.workspace() + "/mailings")
    owner.get_by_role("link", name="Put off at the quay").click()
    owner.get_by_role("navigation", name="Steps").get_by_role("link", name="Send").click()
    put_off(owner, tomorrow)
    owner.get_by_role("button", name=TO_THREE).click()
    owner.get_by_role("link", name="Change the time").click()
    later = tomorrow + timedelta(hours=1)
    owner.fill("input[name=at]", later.strftime("%Y-%m-%dT%H:%M"))
    owner.get_by_role("button", name="Set this time").click()
    expect(main).to_contain_text(later.strftime("%H:%M"))
    assert not [each for each in live_service.messages(READER) if "Put off" in each["subject"]]
    owner.get_by_role("button", name="Cancel, back to the drafts").click()


def test_editor_asks_and_the_owner_approves(owner: Page, chromium: Browser, live_service: Live) -> None:
    owner.goto(live_service.workspace() + "/settings/sending")
    owner.get_by_label("Editor").check()
    owner.locator("form[action$='/settings/approval']").get_by_role("button", name="Save").click()
    invite(owner, live_service)
    with chromium.new_context(locale="en-GB", reduced_motion="reduce") as context:
        editor = context.new_page()
        join(editor, live_service)
        write(editor, live_service, "Approved at the quay")
        editor.fill("textarea[name=note]", "Please look at the headline.")
        editor.get_by_role("button", name="Ask to send it to 3 people").click()
        expect(editor.get_by_role("main")).to_contain_text("Approval was asked for")
    letter = live_service.message(OWNER, subject="Approved at the quay")
    assert "Please look at the headline." in letter["text"]
    link = re.search(r"https?://\S+/approvals/\d+", letter["text"])
    assert link is not None
    owner.goto(link[0])
    expect(owner.get_by_role("main")).to_contain_text("Please look at the headline.")
    owner.get_by_role("button", name="Approve and send to 3 people now").click()
    owner.wait_for_url(re.compile(r"/mailings/\d+$"))
    live_service.message(READER, subject="Approved at the quay")
    live_service.message(EDITOR, subject="Approved: Approved at the quay")


def invite(page: Page, live: Live) -> None:
    page.goto(live.workspace() + "/settings/members")
    page.fill("input[name=email]", EDITOR)
    page.locator("input[name=role][value=editor]").check()
    page.get_by_role("button", name=re.compile("invit", re.I)).last.click()


def join(page: Page, live: Live) -> None:
    letter = live.message(EDITOR)
    link = re.search(r"https?://\S+/invitations/\S+", letter["text"])
    assert link is not None
    page.goto(link[0])
    page.fill("input[name=name]", "Night editor")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.wait_for_url(live.workspace() + "/")


def test_mail_comes_again_by_itself(owner: Page, live_service: Live) -> None:
    write(owner, live_service, "Again at the quay")
    owner.get_by_role("link", name="Again and again").click()
    soon = here(owner) + timedelta(minutes=2)
    owner.fill("input[name=at_time]", soon.strftime("%H:%M"))
    owner.fill("input[name=starts_on]", soon.date().isoformat())
    owner.get_by_role("button", name="Let it come by itself").click()
    expect(owner.get_by_role("main")).to_contain_text("The next times")
    live_service.message(READER, subject="Again at the quay", seconds=200)
    owner.get_by_role("button", name="Let it rest").click()
    expect(owner.get_by_role("main")).to_contain_text("Rests")


def test_breaking_news_overtakes_what_was_planned(owner: Page, live_service: Live) -> None:
    write(owner, live_service, "Evening at the quay")
    owner.get_by_role("link", name="At a set time").click()
    evening = here(owner) + timedelta(minutes=45)
    put_off(owner, evening)
    owner.get_by_role("button", name=TO_THREE).click()
    owner.wait_for_url(re.compile(r"/mailings/\d+$"))
    planned = owner.url
    owner.keyboard.press("g")
    owner.keyboard.press("b")
    owner.wait_for_url(re.compile(r"/breaking$"))
    owner.fill("input[name=headline]", "Fire at the quay")
    ticked = owner.locator("#recipients input[type=checkbox]:checked")
    while ticked.count():
        ticked.first.uncheck()
    owner.get_by_label(LIST).first.check()
    expect(owner.get_by_role("main")).to_contain_text("Evening at the quay")
    owner.get_by_role("button", name="Send to 3 people now").click()
    owner.wait_for_url(re.compile(r"/breaking/\d+$"))
    live_service.message(READER, subject="Fire at the quay")
    assert not [each for each in live_service.messages(READER) if "Evening" in each["subject"]]
    owner.goto(planned)
    main = owner.get_by_role("main")
    expect(main).to_contain_text("It made way for breaking news")
    owner.get_by_role("button", name=re.compile(r"^Let it go at ")).click()
    expect(main).to_contain_text("Scheduled")
    expect(main).to_contain_text(evening.strftime("%H:%M"))
    owner.get_by_role("button", name="Cancel, back to the drafts").click()


def test_mail_is_sent_with_the_keyboard_alone(owner: Page, live_service: Live) -> None:
    write(owner, live_service, "Keys at the quay")
    owner.goto(live_service.workspace() + "/")
    owner.keyboard.press("g")
    owner.keyboard.press("c")
    owner.wait_for_url(re.compile(r"/mailings$"))
    press(owner, "Keys at the quay")
    press(owner, "Recipients")
    press(owner, "Save and look at the mail")
    press(owner, "On to sending")
    press(owner, "Send to 3 people now")
    owner.wait_for_url(re.compile(r"/mailings/\d+$"))
    live_service.message(READER, subject="Keys at the quay")


def press(page: Page, words: str) -> None:
    """Walk to a link or button with these words by the tabulator, as somebody without a mouse does, and press it."""
    page.wait_for_load_state()
    for _step in range(150):
        page.keyboard.press("Tab")
        found = page.evaluate("() => (document.activeElement.innerText || '').trim()")
        if words in found:
            before = page.url
            page.keyboard.press("Enter")
            page.wait_for_function("before => location.href !== before", arg=before)
            return
    raise AssertionError(f"the tabulator does not lead to “{words}”")
