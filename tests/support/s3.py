"""An S3-compatible server on loopback, which checks signatures (AWS Signature Version 4) by its own arithmetic."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit

KEY_ID, SECRET, REGION, BUCKET = "AKIDTESTS", "the secret of the tests", "kr-central-1", "pictures"
KEPT_HEADERS = ("content-type", "content-disposition", "cache-control")


@dataclass
class Bucket:
    """What the server holds, and what it was asked."""

    url: str = ""
    objects: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Bucket]:
    bucket = Bucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"bucket": bucket}))
    bucket.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    bucket: Bucket
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Tests say enough."""

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if name := self._name(content):
            self.bucket.objects[name] = content, {h: self.headers[h] for h in KEPT_HEADERS if h in self.headers}
            self._answer(200, headers={"ETag": f'"{hashlib.md5(content).hexdigest()}"'})

    def do_GET(self) -> None:
        if name := self._name():
            if name not in self.bucket.objects:
                return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            content, headers = self.bucket.objects[name]
            more = {"ETag": '"x"', "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT"}
            self._answer(200, content, headers | more)
        return None

    def do_DELETE(self) -> None:
        if name := self._name():
            self.bucket.objects.pop(name, None)
            self._answer(204)

    def _name(self, content: bytes = b"") -> str:
        """Return which object is asked for, where the signature is good; else answer 403."""
        path = urlsplit(self.path).path
        self.bucket.asked.append(f"{self.command} {path}")
        holder, _, name = unquote(path).removeprefix("/").partition("/")
        if holder == BUCKET and name and self._signed(content):
            return name
        self.bucket.refused.append(path)
        self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        return ""

    def _signed(self, content: bytes) -> bool:
        query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if "X-Amz-Signature" in query:
            given = query.pop("X-Amz-Signature")
            names, date, digest = query["X-Amz-SignedHeaders"], query["X-Amz-Date"], "UNSIGNED-PAYLOAD"
        else:
            parts = dict(
                part.strip().split("=", 1) for part in self.headers["Authorization"].partition(" ")[2].split(",")
            )
            given, names, date = parts["Signature"], parts["SignedHeaders"], self.headers["x-amz-date"]
            digest = self.headers["x-amz-content-sha256"]
            if digest not in (hashlib.sha256(content).hexdigest(), "UNSIGNED-PAYLOAD"):
                return False
        return hmac.compare_digest(given, self._signature(query, names, date, digest))

    def _signature(self, query: dict[str, str], names: str, date: str, digest: str) -> str:
        pairs = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in sorted(query.items()))
        headers = "".join(f"{name}:{' '.join(self.headers[name].split())}\n" for name in names.split(";"))
        request = "\n".join([self.command, urlsplit(self.path).path, pairs, headers, names, digest])
        scope = f"{date[:8]}/{REGION}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(request.encode()).hexdigest()])
        key = f"AWS4{SECRET}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()

    def _answer(self, status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
