"""Who is acting, for the log of changes: told to every transaction of a request that may change something."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, ip_address, ip_network

import msgspec
from flask import g, has_app_context

from app.core.tenancy import tell_followers


class ActorKind(StrEnum):
    """A `visitor` is somebody at the door who has not come in yet."""

    MEMBER = "member"
    KEY = "key"
    OPERATOR = "operator"
    VISITOR = "visitor"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as the log keeps it. `id`: the member's or the key's number; `place`, `device`: from where."""

    kind: ActorKind
    id: int = 0
    name: str = ""
    place: str = ""
    device: str = ""


def act_as(actor: Actor) -> None:
    """Have every change of this request from here on stand in the log under this name."""
    g.actor = actor
    tell_followers()


def present_actor() -> Actor | None:
    """Return who acts; None in jobs and commands, whose changes are the service's own and are not logged."""
    return g.get("actor") if has_app_context() else None


def actor_setting() -> str:
    """Return what the database is told of the actor."""
    actor = present_actor()
    return msgspec.json.encode(actor).decode() if actor else ""


def cut_address(text: str) -> str:
    """Return the network an address is in (/24, /48): enough to recognise a place, too little to find a person."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    mapped = None if isinstance(address, IPv4Address) else address.ipv4_mapped
    kept = mapped or address
    return str(ip_network((kept, 24 if isinstance(kept, IPv4Address) else 48), strict=False))


# The first that fits wins: every browser claims to be the ones before it.
BROWSERS = (
    ("Edg", "Edge"), ("Whale", "Whale"), ("SamsungBrowser", "Samsung Internet"), ("OPR", "Opera"),
    ("Firefox|FxiOS", "Firefox"), ("Chrome|CriOS", "Chrome"), ("Safari", "Safari"), ("curl", "curl"),
    ("python", "Python"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_words(user_agent: str) -> str:
    """Return browser and system of a user agent, as ``Chrome · Windows``; nothing where neither is known."""
    return " · ".join(filter(None, (_first(BROWSERS, user_agent), _first(SYSTEMS, user_agent))))


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for sign, name in names if re.search(sign, user_agent)), "")
