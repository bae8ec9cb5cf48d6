"""Whose word is taken for who somebody is: OpenID Connect providers that the operator has set up, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.errors import N_, Invalid, NotFound, Unavailable
from app.core.site import settings

GOOGLE = "https://accounts.google.com"


class ProviderRefused(Invalid):
    message = N_("%(provider)s did not tell us who you are. Nothing was changed; try again, or use your password.")


class NoAddressProven(Invalid):
    message = N_("%(provider)s did not confirm an e-mail address of yours. Nothing was made; sign up with a password.")


class ProviderAway(Unavailable):
    message = N_("%(provider)s does not answer. Nothing was changed; try again in a minute, or use your password.")


@dataclass(frozen=True, slots=True)
class Provider:
    """`key` names it in addresses, `name` on buttons; `issuer` is where its configuration is found (OIDC Discovery)."""

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: str

    @property
    def answer_url(self) -> str:
        """Where it sends people back to, as it must be registered there. One address serves all workspaces."""
        return f"{settings().base_url}/sign-in/providers/{self.key}/answers"


@dataclass(frozen=True, slots=True)
class Shown:
    """Who somebody is, on the word of a provider. `proven`: it says that the address is theirs."""

    issuer: str
    subject: str
    email: str
    proven: bool
    name: str = ""


def providers() -> list[Provider]:
    """Return the providers that are set up; none: no page offers any."""
    here = settings()
    found = []
    if here.google_client_id:
        found.append(Provider("google", "Google", GOOGLE, here.google_client_id, here.google_client_secret))
    if here.oidc_issuer:
        name = here.oidc_name or urlsplit(here.oidc_issuer).hostname or here.oidc_issuer
        found.append(Provider("oidc", name, here.oidc_issuer, here.oidc_client_id, here.oidc_client_secret))
    return found


def provider(key: str) -> Provider:
    """Return a provider by its key.

    Raises:
        NotFound: none of this key is set up.
    """
    for each in providers():
        if each.key == key:
            return each
    raise NotFound


def provider_name(issuer: str) -> str:
    """Return what an issuer is called, also when it is no longer set up."""
    return next((each.name for each in providers() if each.issuer == issuer), urlsplit(issuer).hostname or issuer)
