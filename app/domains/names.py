"""What a sending domain may be called: read from what people paste, kept as A-labels (RFC 5890), shown in letters.

There is no list of all public suffixes here: nobody can set records for one, so none is ever verified. The few below
only spare people a wait for nothing.
"""

from __future__ import annotations

import re

import idna

from app.core.errors import N_, Conflict, Invalid

LONGEST = 200
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

# RFC 6761, RFC 8375, RFC 9476 and what routers answer for: no mail leaves with them.
SPECIAL = frozenset(
    {"localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "invalid", "onion", "arpa"}
)
PUBLIC_MAIL = frozenset(
    """
    gmail.com googlemail.com naver.com daum.net hanmail.net kakao.com nate.com hotmail.com outlook.com outlook.kr
    live.com live.co.kr msn.com yahoo.com yahoo.co.kr yahoo.co.jp icloud.com me.com mac.com aol.com gmx.net gmx.de
    web.de mail.ru yandex.ru qq.com 163.com 126.com proton.me protonmail.com korea.com paran.com dreamwiz.com zum.com
    """.split()  # noqa: SIM905 - a list of words reads better as text
)
SHARED_SUFFIXES = frozenset(
    f"{second}.{top}"
    for top, seconds in {
        "kr": "co or ne re pe go ac hs ms es kg sc mil seoul busan daegu incheon gwangju daejeon ulsan gyeonggi jeju",
        "jp": "co or ne ac go ed gr",
        "uk": "co org ac gov ltd plc me",
        "au": "com net org edu gov",
        "nz": "co org net ac govt",
        "cn": "com net org edu gov",
        "tw": "com org net edu gov",
        "hk": "com org net edu gov",
        "sg": "com org net edu gov",
        "in": "co org net ac gov",
        "br": "com org net edu gov",
        "id": "co or ac go",
        "th": "co or ac go",
        "vn": "com org net edu gov",
    }.items()
    for second in seconds.split()
)


class NotADomain(Invalid):
    about = "name"
    message = N_("This is not a domain name. It looks like example.com.")


class NobodysDomain(Invalid):
    about = "name"
    message = N_("Nobody can send in the name of %(name)s. Enter the domain that is yours, as in example.com.")


class MailProvider(Invalid):
    about = "name"
    message = N_("%(name)s belongs to a mail provider, so you cannot set records for it. Enter a domain of your own.")


class OurOwn(Conflict):
    about = "name"
    status = 422
    message = N_("%(name)s belongs to this service. Enter a domain of your own.")


def parse_domain(text: str, *, own: str) -> str:
    """Return the domain, in A-labels, that a person meant by a name, a web address or an e-mail address.

    `own` is the service's own mail domain, which no workspace may have.

    Raises:
        NotADomain, NobodysDomain, MailProvider, OurOwn: it cannot be a sending domain; the message says why.
    """
    name = _encoded(_host_in(text))
    labels = name.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        raise NotADomain
    if labels[-1] in SPECIAL or name in SHARED_SUFFIXES:
        raise NobodysDomain(name=display(name))
    if name in PUBLIC_MAIL:
        raise MailProvider(name=name)
    if name == own or name.endswith(f".{own}"):
        raise OurOwn(name=name)
    return name


def _host_in(text: str) -> str:
    host = text.strip().rpartition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
    return host.strip(" .<>").lower().removeprefix("www.")


def _encoded(host: str) -> str:
    if not host or len(host) > LONGEST:
        raise NotADomain
    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise NotADomain from error


def domain_of(address: str) -> str:
    """Return the domain of an address in A-labels, or as it stands where it is none."""
    domain = address.rpartition("@")[2].strip().lower()
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return domain


def display(name: str) -> str:
    """Return a domain in the letters of its owner."""
    try:
        return idna.decode(name)
    except (idna.IDNAError, UnicodeError):
        return name


def zone_of(name: str) -> str:
    """Guess the domain that was registered, whose name registrars leave away: ``park.co.kr`` of ``news.park.co.kr``."""
    labels = name.split(".")
    count = 3 if ".".join(labels[-2:]) in SHARED_SUFFIXES else 2
    return ".".join(labels[-count:])


def suggestion(address: str, present: list[str]) -> str:
    """Return the domain of an address that could be added, or nothing."""
    name = domain_of(address)
    return "" if name in PUBLIC_MAIL or name in present or "." not in name else display(name)
