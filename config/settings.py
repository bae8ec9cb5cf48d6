"""All that an operator may set, read once from the environment into one frozen value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

DEVELOPMENT_SECRET = "development-only-secret"  # noqa: S105 - refused in production
ROOT = Path(__file__).resolve().parent.parent


class SettingsError(ValueError):
    """A setting is missing or makes no sense; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of every process but the MTA, which stands alone and has its own (`mta/settings.py`).

    Times are in seconds, sizes in bytes, addresses as ``host:port``. `dns_resolvers` are asked for the records of
    sending domains, none: the system's. `sending_networks`: where the MTA connects from, as in ``192.0.2.0/28``.
    `tracking_host`: what customers' names for links may be aliases of; empty: none are offered, since whatever ends TLS
    must have a certificate for each. `custom_hosts`: 1 offers names of their own to workspaces, for the same price.
    `reachable_networks`: private ones that customers' databases may be in.
    `stripe_key`: with it plans are paid through Stripe, without it the operator confirms them; `stripe_base`: the
    address of its interface, where it is another than Stripe's own.
    `google_client_id`, `google_client_secret`: people may sign in with Google; `oidc_issuer` and what belongs to it:
    with another OpenID Connect provider, which buttons call `oidc_name`.
    `unverified_days`: a workspace whose owner's address is not confirmed by then is erased a week later; 0: never.
    `geo_database`: a file of countries and regions in MaxMind's format; empty: places are not told.
    `data_centres`: a file of networks that no readers are in, instead of `config/data_centres.txt`.
    `operator_host`: the host name of the operators' console, by default ``operator.`` before the service's own.
    `reading_bind`: where the process listens that tells how long mails are read; `reading_url`: its address for
    readers, empty where the proxy in front leads /t/r/ there.
    `s3_bucket`: where pictures and files are kept, at `s3_endpoint` (empty: Amazon's own); without it, on this disk.
    `s3_readers`: how readers get them: empty, through us; ``presigned``, from there by an address that holds for an
    hour; else the public address of the bucket, as of a CDN before it.
    `chromium`: the browser that draws small pictures of mails; empty: whichever is found, ``off``: none.
    `smtp_probe`: a mail server that the console's system check knocks at, to see that port 25 is open outwards.
    """

    environment: str = "development"
    secret_key: str = DEVELOPMENT_SECRET
    base_url: str = "http://localhost:8000"
    bind: str = "127.0.0.1:8000"
    database_url: str = ""
    redis_url: str = ""
    var: Path = field(default_factory=lambda: ROOT / "var")
    db_pool_size: int = 5
    web_workers: int = 2
    web_threads: int = 8
    trusted_proxies: int = 0
    tenant_app_cache: int = 512
    tenant_check_seconds: float = 1.0
    max_request_bytes: int = 16 * 1024 * 1024
    default_locale: str = "ko"
    default_timezone: str = "Asia/Seoul"
    system_sender: str = ""
    mailbox_url: str = ""
    lateness_limit: int = 2 * 3600
    undo_seconds: int = 30
    unverified_days: int = 14
    feed_slice: int = 500
    feed_backlog: int = 20_000
    tick_seconds: float = 0.5
    reconcile_seconds: float = 10.0
    operator_emails: tuple[str, ...] = ()
    operator_host: str = ""
    smtp_probe: str = ""
    dns_resolvers: tuple[str, ...] = ()
    sending_networks: tuple[str, ...] = ()
    mta_key_secret: str = ""
    tracking_host: str = ""
    custom_hosts: int = 0
    reachable_networks: tuple[str, ...] = ()
    stripe_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_base: str = ""
    google_client_id: str = ""
    google_client_secret: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = ""
    geo_database: str = ""
    data_centres: str = ""
    reading_bind: str = "127.0.0.1:8004"
    reading_url: str = ""
    s3_bucket: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_key_id: str = ""
    s3_secret: str = field(default="", repr=False)
    s3_readers: str = ""
    chromium: str = ""

    @property
    def scheme(self) -> str:
        return urlsplit(self.base_url).scheme

    @property
    def base_host(self) -> str:
        """The apex host without port, as in ``messagepark.example``."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def port_suffix(self) -> str:
        port = urlsplit(self.base_url).port
        return f":{port}" if port else ""

    @property
    def secure(self) -> bool:
        """True where TLS is in front: cookies are then ``__Host-`` and Secure."""
        return self.scheme == "https"

    @property
    def sender_address(self) -> str:
        """The address that the service's own mail (verification, reports) comes from."""
        return self.system_sender or f"no-reply@{self.mail_domain}"

    @property
    def key_secret(self) -> str:
        """What DKIM keys are sealed with on their way to the MTA, which opens them with the same."""
        return self.mta_key_secret or self.secret_key

    @property
    def mail_domain(self) -> str:
        """The apex host as a mail domain; ``localhost`` is none, so it gets one that never resolves (RFC 2606)."""
        return self.base_host if "." in self.base_host else f"mail.{self.base_host}"

    @property
    def console_host(self) -> str:
        """The host name of the operators' console, without port."""
        return self.operator_host.lower() or f"operator.{self.base_host}"

    @property
    def console_url(self) -> str:
        """The address of the operators' console, without a trailing slash."""
        return f"{self.scheme}://{self.console_host}{self.port_suffix}"

    def tenant_url(self, slug: str, custom_host: str | None = None) -> str:
        """Return the address of a workspace, without a trailing slash."""
        if custom_host:
            return f"{self.scheme}://{custom_host}"
        return f"{self.scheme}://{slug}.{self.base_host}{self.port_suffix}"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read ``MESSAGEPARK_<NAME>`` for each field; ``DATABASE_URL`` and ``REDIS_URL`` by their common names.

        ``<VARIABLE>_FILE`` names a file that holds the value, as containers and systemd hand over secrets.

        Raises:
            SettingsError: a value has the wrong form, or a production start would use a development default.
        """
        values = {name: _parse(name, kind, text) for name, kind, key in _variables() if (text := _given(key, env))}
        if env.get("PORT") and "bind" not in values:
            # Platforms that set PORT have their router on another machine.
            host = "0.0.0.0" if values.get("environment") == "production" else "127.0.0.1"  # noqa: S104
            values["bind"] = f"{host}:{env['PORT']}"
        settings = cls(**values)  # type: ignore[arg-type]
        _refuse_unsafe(settings)
        return settings


_COMMON_NAMES = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL", "mta_key_secret": "MTA_KEY_SECRET"}


def _variables() -> list[tuple[str, str, str]]:
    fields = Settings.__dataclass_fields__
    return [(name, str(f.type), _COMMON_NAMES.get(name, f"MESSAGEPARK_{name.upper()}")) for name, f in fields.items()]


def _given(key: str, env: Mapping[str, str]) -> str:
    if env.get(key) or not env.get(f"{key}_FILE"):
        return env.get(key, "")
    try:
        return Path(env[f"{key}_FILE"]).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{key}_FILE: the file cannot be read ({error.strerror})") from error


def _parse(name: str, kind: str, text: str) -> object:
    try:
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
        if kind == "Path":
            return Path(text)
        if kind.startswith("tuple"):
            return tuple(part.strip() for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError(f"{name}: {text!r} is not a number") from error
    return text


def _refuse_unsafe(settings: Settings) -> None:
    if settings.environment == "production":
        if settings.secret_key == DEVELOPMENT_SECRET or len(settings.secret_key) < 32:
            raise SettingsError("secret_key: set MESSAGEPARK_SECRET_KEY to 32 random characters or more")
        if not settings.secure:
            raise SettingsError("base_url: production needs an https:// address in MESSAGEPARK_BASE_URL")
    _refuse_half_a_provider(settings)
    if settings.stripe_key and not settings.stripe_webhook_secret:
        raise SettingsError("stripe_webhook_secret: set MESSAGEPARK_STRIPE_WEBHOOK_SECRET, or events cannot be told")
    if settings.s3_bucket and not (settings.s3_key_id and settings.s3_secret):
        raise SettingsError("s3_secret: set MESSAGEPARK_S3_KEY_ID and MESSAGEPARK_S3_SECRET for the bucket")
    if settings.s3_readers not in ("", "presigned") and not settings.s3_readers.startswith("https://"):
        raise SettingsError("s3_readers: leave it empty, say presigned, or give an https:// address")
    if settings.tenant_app_cache < 1:
        raise SettingsError("tenant_app_cache: at least one tenant app must fit")


def _refuse_half_a_provider(settings: Settings) -> None:
    if settings.google_client_id and not settings.google_client_secret:
        raise SettingsError("google_client_secret: set MESSAGEPARK_GOOGLE_CLIENT_SECRET too")
    if settings.oidc_issuer and not (settings.oidc_client_id and settings.oidc_client_secret):
        raise SettingsError("oidc_client_id: set MESSAGEPARK_OIDC_CLIENT_ID and MESSAGEPARK_OIDC_CLIENT_SECRET too")
    if settings.oidc_issuer.startswith("http://") and settings.environment == "production":
        raise SettingsError("oidc_issuer: production needs an https:// address in MESSAGEPARK_OIDC_ISSUER")
