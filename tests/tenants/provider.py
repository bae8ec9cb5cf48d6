"""A small OpenID Connect provider on loopback, which checks what a provider must, and errs where a test wants it to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

CLIENT_ID = "messagepark-tests"
CLIENT_SECRET = "a secret between the two, long enough"


@dataclass
class Person:
    """Who is signed in at the provider."""

    subject: str
    email: str
    email_verified: Any = True
    name: str = "Mina Kim"


@dataclass
class LocalProvider:
    """`wrong`: claims of the ID token that differ from what they should be; `shared_key`: our secret signs it."""

    url: str = ""
    person: Person = field(default_factory=lambda: Person("1", "nobody@example.com"))
    wrong: dict[str, Any] = field(default_factory=dict)
    shared_key: bool = False
    silent: bool = False
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one", "use": "sig"}))
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        answer = getattr(self, request.path.strip("/").replace(".well-known/openid-configuration", "configuration"))
        return answer(request)(environ, start_response)

    def configuration(self, _request: Request) -> Response:
        algorithms = ["ES256", "HS256", "none"]
        return _json({
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys", "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": algorithms,
        })  # fmt: skip

    def keys(self, _request: Request) -> Response:
        return _json({"keys": [self.key.as_dict(private=False)]})

    def authorize(self, request: Request) -> Response:
        """The person is signed in here and agrees at once."""
        asked = request.args.to_dict()
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = secrets.token_urlsafe(8)
        self.asked[code] = asked
        return Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(_answer(code, asked))}"})

    def token(self, request: Request) -> Response:
        if self.silent:
            return Response(status=503)
        form = {name: values[0] for name, values in parse_qs(request.get_data(as_text=True)).items()}
        asked = self.asked.pop(form["code"], None)
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            asked is None
            or request.headers["Authorization"] != f"Basic {expected}"
            or challenge.decode() != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return Response('{"error": "invalid_grant"}', status=400, mimetype="application/json")
        return _json({"access_token": "x", "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])})

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        person = {"sub": self.person.subject, "email": self.person.email, "name": self.person.name}
        claims = {
            "iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce,
            "email_verified": self.person.email_verified,
        }  # fmt: skip
        if self.shared_key:
            shared = OctKey.import_key(CLIENT_SECRET)
            return jwt.encode({"alg": "HS256"}, person | claims | self.wrong, shared, algorithms=["HS256"])
        return jwt.encode({"alg": "ES256", "kid": "one"}, person | claims | self.wrong, self.key)


def _answer(code: str, asked: dict[str, str]) -> dict[str, str]:
    return {"code": code, "state": asked["state"]}


def _json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), mimetype="application/json")


@contextmanager
def running() -> Iterator[LocalProvider]:
    provider = LocalProvider()
    server = make_server("127.0.0.1", 0, provider, threaded=True)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
