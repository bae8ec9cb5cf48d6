"""Which names a workspace's address may have: ``{slug}.messagepark.example``."""

from __future__ import annotations

import re

from app.core.errors import N_, Conflict, Invalid

SHAPE = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]")

# Hosts that belong to the service, names that a reader would take for the service or for an authority, and names that
# software gives a meaning of its own (RFC 2142 mailboxes, autodiscovery, RFC 6761 special-use names).
RESERVED = frozenset(
    """
    abuse account accounts admin administrator api app apps assets auth autoconfig autodiscover billing blog bounce
    bounces broadcasthost cdn click console contact dashboard demo dev developer dkim dmarc dns docs domain download
    email example feedback files ftp git help host hostmaster http https image images imap info internal invoice ipv4
    ipv6 isatap link links local localdomain localhost login logs lists mail mailbox mailer mailer-daemon
    messagepark messageparks media metrics mobile monitor msgpark mta mx my no-reply noc noreply null
    official operator ops password pay payment payments pop pop3 postmaster preview privacy prod production public
    relay root sales secure security server shop sign-in sign-up signin signup site smtp spam spf ssl staff stage
    staging static stats status support system team terms test tls track tracking undefined unsubscribe update
    senders usenet uucp verify web webmail webmaster wpad www www1 www2 www3 www4
    """.split()  # noqa: SIM905 - a list of words reads better as text
)

# What is read as another letter. A 1 stands for either of two.
LOOK_ALIKES = str.maketrans("0345789", "oeastbg")
PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
OWN_NAME = "messagepark"


class SlugRefused(Invalid):
    about = "slug"
    message = N_("This address is not available. Choose another one.")


class SlugMisshapen(Invalid):
    about = "slug"
    message = N_("Use 3 to 40 small letters a–z, digits and hyphens, with no hyphen at the start or end.")


class SlugTaken(Conflict):
    about = "slug"
    message = N_("Another workspace has this address. Choose another one.")
    status = 422


def check_slug(slug: str) -> None:
    """Let a well-formed slug pass that is nobody's name and looks like nobody's.

    Raises:
        SlugMisshapen: not a plain host name label.
        SlugRefused: reserved, easily taken for a reserved name, or punycode.
    """
    if not SHAPE.fullmatch(slug):
        raise SlugMisshapen
    # RFC 5890: "xn--" marks an encoded name, which a browser would show as other letters than we checked.
    if slug[2:4] == "--" or is_reserved(slug):
        raise SlugRefused


def is_reserved(slug: str) -> bool:
    """Tell whether a slug is a reserved name, or reads like one: ``adm1n``, ``rnail``, ``s-u-p-p-o-r-t``."""
    readings = {_read(slug.replace("1", letter)) for letter in "il"}
    return slug in RESERVED or any(r in _RESERVED_READINGS or _read(OWN_NAME) in r for r in readings)


def _read(slug: str) -> str:
    text = slug.replace("-", "").translate(LOOK_ALIKES)
    for pair, letter in PAIRS:
        text = text.replace(pair, letter)
    return text


_RESERVED_READINGS = frozenset(_read(name) for name in RESERVED)
