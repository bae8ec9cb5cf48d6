"""The mailbox's web server: pages for a person, JSON for tests. GET shows, POST deletes."""

from __future__ import annotations

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mta.mailbox import pages
from mta.mailbox.settings import is_loopback
from mta.mailbox.store import Store, summary
from mta.mailbox.words import words

PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
MAIL_POLICY = (
    f"sandbox {pages.SANDBOX}; default-src 'none'; img-src * data:; font-src * data:; style-src 'unsafe-inline' *; "
    "frame-ancestors 'self'"
)
HTML = "text/html; charset=utf-8"


class MailboxServer(ThreadingHTTPServer):
    """Serves one store."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, store: Store, host: str, port: int) -> None:
        self.store = store
        super().__init__((host, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: MailboxServer
    protocol_version = "HTTP/1.1"
    server_version = "messagepark-mailbox"

    def do_GET(self) -> None:
        if not self._is_local():
            return
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        match [unquote(part) for part in url.path.split("/")[1:]]:
            case [""]:
                self._list(query)
            case ["style.css"]:
                self._send(pages.STYLE, "text/css; charset=utf-8")
            case ["messages", mail_id]:
                self._mail(mail_id, query.get("view", ""))
            case ["messages", mail_id, "html"]:
                self._framed(mail_id)
            case ["messages", mail_id, "parts", content_id]:
                self._picture(mail_id, content_id)
            case ["api", "messages"]:
                self._api_list(query)
            case ["api", "messages", mail_id]:
                self._api_mail(mail_id)
            case _:
                self._missing()

    def do_POST(self) -> None:
        if not self._is_local():
            return None
        # A page elsewhere may not delete: browsers send Origin with every POST.
        origin = self.headers.get("Origin")
        if origin and urlsplit(origin).netloc != self.headers.get("Host"):
            return self._send("", HTML, HTTPStatus.FORBIDDEN)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if urlsplit(self.path).path != "/delete":
            return self._missing()
        self.server.store.clear()
        return self._send("", HTML, HTTPStatus.SEE_OTHER, {"Location": "/"})

    def _is_local(self) -> bool:
        """Refuse other machines, and other names for this one (DNS rebinding)."""
        name = (urlsplit(f"//{self.headers.get('Host', '')}").hostname or "").lower()
        local = is_loopback(self.client_address[0]) and (name == "localhost" or is_loopback(name))
        if not local:
            self._send("", HTML, HTTPStatus.FORBIDDEN)
        return local

    def _list(self, query: dict[str, str]) -> None:
        skip = int(query["skip"]) if query.get("skip", "").isdigit() else 0
        to = query.get("to", "")
        mails = self.server.store.found(to, count=pages.PAGE + 1, skip=skip)
        content = pages.list_page(mails, to, skip, self._words())
        self._send(content, HTML, headers={"Content-Security-Policy": PAGE_POLICY})

    def _mail(self, mail_id: str, view: str) -> None:
        mail = self.server.store.opened(mail_id)
        if mail is None:
            return self._missing()
        chosen = view if view in pages.VIEWS else ("html" if mail.html else "text")
        content = pages.mail_page(mail, chosen, self._words())
        return self._send(content, HTML, headers={"Content-Security-Policy": PAGE_POLICY})

    def _framed(self, mail_id: str) -> None:
        mail = self.server.store.opened(mail_id)
        if mail is None:
            return self._missing()
        return self._send(pages.framed_html(mail), HTML, headers={"Content-Security-Policy": MAIL_POLICY})

    def _picture(self, mail_id: str, content_id: str) -> None:
        mail = self.server.store.opened(mail_id)
        picture = mail.picture(content_id) if mail else None
        if picture is None or not picture[0].startswith("image/"):
            return self._missing()
        return self._send(picture[1], picture[0], headers={"Content-Security-Policy": MAIL_POLICY})

    def _api_list(self, query: dict[str, str]) -> None:
        count = int(query["count"]) if query.get("count", "").isdigit() else 100
        self._json([summary(mail) for mail in self.server.store.found(query.get("to", ""), count=count)])

    def _api_mail(self, mail_id: str) -> None:
        mail = self.server.store.opened(mail_id)
        self._json(mail.as_json()) if mail else self._json({"error": "not found"}, HTTPStatus.NOT_FOUND)

    def _missing(self) -> None:
        table = self._words()
        body = f'<p>{table["not_found"]}</p><p><a href="/">{table["back"]}</a></p>'
        self._send(pages.page(table["mailbox"], body, table), HTML, HTTPStatus.NOT_FOUND)

    def _words(self) -> dict[str, str]:
        return words(self.headers.get("Accept-Language", ""))

    def _json(self, value: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json.dumps(value, ensure_ascii=False), "application/json", status)

    def _send(
        self,
        content: str | bytes,
        content_type: str,
        status: HTTPStatus = HTTPStatus.OK,
        headers: dict[str, str] | None = None,
    ) -> None:
        body = content.encode("utf-8", "replace") if isinstance(content, str) else content
        self.send_response(status)
        for name, value in {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of each request."""
