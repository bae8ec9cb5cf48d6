"""The way to an OpenID Connect provider and back (authorization code with PKCE), by Authlib.

Authlib keeps state, nonce and verifier in the browser's signed cookie and checks the answer's signature, nonce and
time; issuer and audience are named here, since it looks at them only if told. All it fetches goes through the guard.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from flask import redirect, request, session
from joserfc.errors import JoseError
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from werkzeug.wrappers import Response

from app.core.errors import DomainError
from app.core.netguard import reachable
from app.tenants.providers import Provider, ProviderAway, ProviderRefused, Shown

log = structlog.get_logger(__name__)

SECONDS = 8.0
# Signatures by keys that only the provider has: never "none", and no secret that it shares with us (RFC 8725, 3.1).
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LONGEST_NAME = 60


class _Plain(HTTPConnection):
    """A connection to the address that the guard has looked at; the certificate is that of the name."""

    def _new_conn(self) -> Any:
        return reachable(self.host, self.port or 80).connect(SECONDS)


class _Secure(HTTPSConnection):
    def _new_conn(self) -> Any:
        return reachable(self.host, self.port or 443).connect(SECONDS)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Guarded(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


class _Session(OAuth2Session):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, default_timeout=SECONDS, **kwargs)
        self.trust_env = False
        self.mount("https://", _Guarded())
        self.mount("http://", _Guarded())


class _Client(FlaskOAuth2App):
    client_cls = _Session

    def load_server_metadata(self) -> dict[str, Any]:
        """Return what the provider says of itself, narrowed to what we take."""
        told: dict[str, Any] = super().load_server_metadata()
        offered = told.get("id_token_signing_alg_values_supported") or ["RS256"]
        told["id_token_signing_alg_values_supported"] = [each for each in offered if each in ALGORITHMS]
        return told


@lru_cache(maxsize=8)
def _client(provider: Provider) -> _Client:
    return _Client(
        FlaskIntegration(provider.key),
        provider.key,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
    )


def send_to(provider: Provider, **kept: object) -> Response:
    """Send the browser to the provider. What is `kept` comes back with its answer.

    Raises:
        ProviderAway: it does not answer.
    """
    client = _client(provider)
    try:
        begun = client.create_authorization_url(provider.answer_url)
    except (RequestException, DomainError, RuntimeError, ValueError) as error:
        raise _away(provider, error) from error
    client.save_authorize_data(redirect_uri=provider.answer_url, kept=kept, **begun)
    return redirect(begun["url"])


def kept_for_answer(provider: Provider) -> dict[str, Any] | None:
    """Return what was kept when this browser was sent to the provider; None: it was not sent, or is answered twice."""
    begun = _client(provider).framework.get_state_data(session, request.args.get("state"))
    return begun["kept"] if begun else None


def read_answer(provider: Provider) -> Shown:
    """Return who came back from the provider. The answer can be read once.

    Raises:
        ProviderRefused: they gave up, or something about the answer is not right.
        ProviderAway: the provider does not answer.
    """
    expected = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
    }
    try:
        told = _client(provider).authorize_access_token(claims_options=expected).get("userinfo")
    except (AuthlibBaseError, JoseError, ValueError, KeyError) as error:
        log.warning("provider_refused", provider=provider.key, error=type(error).__name__, reason=str(error)[:200])
        raise ProviderRefused(provider=provider.name) from error
    except (RequestException, DomainError, RuntimeError) as error:
        raise _away(provider, error) from error
    if not told or not told.get("sub"):
        raise ProviderRefused(provider=provider.name)
    return _shown(provider, told)


def _shown(provider: Provider, told: dict[str, Any]) -> Shown:
    """A claim that is missing or of another kind than the standard's proves nothing."""
    email = told.get("email")
    address = email.strip().lower() if isinstance(email, str) else ""
    name = "".join(sign for sign in str(told.get("name") or "") if sign.isprintable() and sign not in "<>")
    proven = bool(address) and told.get("email_verified") is True
    return Shown(provider.issuer, str(told["sub"]), address, proven, name[:LONGEST_NAME])


def _away(provider: Provider, error: Exception) -> ProviderAway:
    log.warning("provider_away", provider=provider.key, error=type(error).__name__)
    return ProviderAway(provider=provider.name)
