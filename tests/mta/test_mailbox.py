"""The catch-all mailbox, by SMTP and by HTTP."""

from __future__ import annotations

import json
import smtplib
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mta.contract import Attachment, Mailbox, Recipient, Status
from mta.mailbox.settings import MailboxSettings
from mta.mailbox.smtp import controller
from mta.mailbox.store import Store
from mta.mailbox.web import MailboxServer
from mta.merge import CompiledPlan
from mta.settings import SettingsError
from tests.mta.support import a_batch, a_plan, desk, free_port, run


@dataclass
class Open:
    store: Store
    smtp: int
    web: int

    def get(self, path: str, **headers: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.web}{path}", headers=headers)
        return str(urllib.request.urlopen(request, timeout=10).read().decode())

    def post(self, path: str, **headers: str) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self.web}{path}", data=b"", headers=headers)
        urllib.request.urlopen(request, timeout=10)

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def send(self, to: str, **plan: Any) -> None:
        message = CompiledPlan(a_plan(**plan)).merge(Recipient(1, to, ["김<b>철수", "t"]), 1.0)
        with smtplib.SMTP("127.0.0.1", self.smtp) as client:
            client.sendmail(message.sender, [to], message.content)


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Open]:
    store = Store(tmp_path / "mails", keep=5)
    web, port = MailboxServer(store, "127.0.0.1", 0), free_port()
    smtp = controller(store, "127.0.0.1", port)
    smtp.start()
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield Open(store, port, web.server_address[1])
    web.shutdown()
    web.server_close()
    smtp.stop()


def test_a_mail_is_kept_and_shown_whole(mailbox: Open) -> None:
    mailbox.send("kim@example.com")
    (found,) = mailbox.json("/api/messages?to=KIM@")
    assert (found["to"], found["subject"]) == ("kim@example.com", "안녕하세요 김<b>철수님")
    whole = mailbox.json(f"/api/messages/{found['id']}")
    assert whole["html"] == "<p>안녕하세요 김&lt;b&gt;철수</p>"
    assert whole["text"].strip() == "Hello 김<b>철수"
    assert ["To", "kim@example.com"] in whole["headers"]
    assert mailbox.json("/api/messages?to=lee") == []


def test_the_newest_is_first_and_only_so_many_are_kept(mailbox: Open, tmp_path: Path) -> None:
    for n in range(8):
        mailbox.send(f"reader{n}@example.com")
    assert [m["to"] for m in mailbox.json("/api/messages")] == [f"reader{n}@example.com" for n in (7, 6, 5, 4, 3)]
    assert len(list((tmp_path / "mails").iterdir())) == 5
    again = Store(tmp_path / "mails", keep=5)
    assert [m.recipient for m in again.found()] == [f"reader{n}@example.com" for n in (7, 6, 5, 4, 3)]


def test_the_page_speaks_the_browsers_language_and_escapes_mails(mailbox: Open) -> None:
    mailbox.send("kim@example.com")
    assert "받는 사람 찾기" in mailbox.get("/", **{"Accept-Language": "ko-KR,ko;q=0.9"})
    page = mailbox.get("/", **{"Accept-Language": "en"})
    assert "Find a recipient" in page
    assert "김<b>" not in page


def test_html_is_shown_in_a_sandbox_with_its_pictures(mailbox: Open) -> None:
    picture = Attachment(name="a.png", content_type="image/png", content=b"png", content_id="logo@1")
    html: list[Any] = [
        "<html><head></head><body><img src='cid:logo@1'><a href='https://x.example/'>x</a></body></html>"
    ]
    mailbox.send("kim@example.com", html=html, attachments=[picture])
    mail = f"/messages/{mailbox.json('/api/messages')[0]['id']}"
    assert f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="{mail}/html"' in mailbox.get(mail)
    framed = mailbox.get(f"{mail}/html")
    assert '<base target="_blank">' in framed
    assert f"{mail}/parts/logo%401" in framed
    assert mailbox.get(f"{mail}/parts/logo%401") == "png"
    for view in ("text", "headers", "source"):
        assert "<pre" in mailbox.get(f"{mail}?view={view}")


def test_deleting_is_a_post_from_the_page_itself(mailbox: Open) -> None:
    mailbox.send("kim@example.com")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        mailbox.post("/delete", Origin="http://evil.example")
    assert mailbox.store.count() == 1
    mailbox.post("/delete", Origin=f"http://127.0.0.1:{mailbox.web}")
    assert mailbox.json("/api/messages") == []


def test_another_name_for_this_machine_is_refused(mailbox: Open) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403"):
        mailbox.get("/", Host="rebound.example")


def test_a_page_that_is_not_there_says_so(mailbox: Open) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        mailbox.get("/messages/1")


@pytest.mark.parametrize("address", ["0.0.0.0:2525", "192.0.2.1:25", "nonsense"])
def test_only_loopback_is_listened_on(address: str) -> None:
    with pytest.raises(SettingsError):
        MailboxSettings.from_env({"MAILBOX_SMTP": address})


def test_a_newcomer_sees_bounces_and_retries(mailbox: Open, spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, relay=f"127.0.0.1:{mailbox.smtp}") as d:
            plan = a_plan()
            kinds = ["bounce+kim", "full+kim", "later+kim", "kim"]
            addresses = [f"{kind}{{}}@example.com" for kind in kinds]
            d.feed(plan, [a_batch(plan, n, count=1, address=address) for n, address in enumerate(addresses)])
            outcomes = {o.seq: o for o in await d.finals(4)}
            assert [outcomes[n].bounce for n in (0, 1)] == ["user_unknown", "mailbox_full"]
            assert (outcomes[2].status, outcomes[2].attempt) == (Status.ACCEPTED, 3)
            assert (outcomes[3].status, outcomes[3].attempt) == (Status.ACCEPTED, 1)

    run(story())


def test_the_sender_is_readable(mailbox: Open) -> None:
    mailbox.send("kim@example.com", headers=[("From", Mailbox("김, 철수", "kim@park.example"))])
    assert mailbox.json("/api/messages")[0]["from"] == '"김, 철수" <kim@park.example>'
