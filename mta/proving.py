"""What receivers find of our signatures: each verified (RFC 6376 6.1) with the public key that DNS has for it now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache

import dkim
from publicsuffixlist import PublicSuffixList

from mta.contract import MAX_TEXT, Finding, Proof, SigningKey
from mta.headers import ascii_domain
from mta.merge import CompiledPlan, Message
from mta.resolving import FAILURES, Resolver


class DkimProver:
    """Implements `ports.Prover`. `resolver` makes one when it is needed: who sends all to a relay may do without."""

    def __init__(self, resolver: Callable[[], Resolver]) -> None:
        self._resolver = resolver

    async def prove(self, mail: CompiledPlan, message: Message) -> list[Proof]:
        content, author = message.content, mail.sender.rpartition("@")[2]
        # The fields stand in the order of the keys (`signing.PlanSigner`).
        proving = (self._proof(content, place, key, author) for place, key in enumerate(mail.plan.signing))
        return list(await asyncio.gather(*proving))

    async def _proof(self, content: bytes, place: int, key: SigningKey, author: str) -> Proof:
        domain = ascii_domain(key.domain)
        finding, reason = await self._finding(content, place, f"{key.selector}._domainkey.{domain}")
        return Proof(domain, key.selector, finding, aligned(domain, author), reason[:MAX_TEXT])

    async def _finding(self, content: bytes, place: int, name: str) -> tuple[Finding, str]:
        try:
            found = await self._resolver().ask(name, "TXT")
        except FAILURES as error:
            return Finding.NO_ANSWER, type(error).__name__
        texts = (b"".join(record.strings) for record in found.records)
        record = next((text for text in texts if _holds_key(text)), None)
        if record is None:
            return Finding.NO_KEY, ""
        # Off the loop: it is Python over each byte of the mail.
        return await asyncio.to_thread(_verified, content, place, record)


def _holds_key(record: bytes) -> bool:
    """Tell whether a record has a key in it; an empty one was revoked (RFC 6376 3.6.1)."""
    tags = (tag.partition(b"=") for tag in record.split(b";"))
    return any(name.strip() == b"p" and value.strip() for name, _, value in tags)


def _verified(content: bytes, place: int, record: bytes) -> tuple[Finding, str]:
    try:
        good = dkim.DKIM(content).verify(place, dnsfunc=lambda name, timeout=5: record)
    except Exception as error:  # DNS may hold anything, and what cannot be read is no key
        return Finding.FAIL, str(error) or type(error).__name__
    return (Finding.PASS, "") if good else (Finding.FAIL, "it does not match the mail and the key in DNS")


def aligned(signer: str, author: str) -> bool:
    """Tell whether a signature in the name of one domain speaks for an author in the other: relaxed, RFC 7489 3.1.1."""
    return _organisation(signer) == _organisation(author)


def _organisation(domain: str) -> str:
    """Return the domain that was registered (RFC 7489 3.2), or the name itself where it is a public suffix."""
    name = domain.lower().rstrip(".")
    return _suffixes().privatesuffix(name) or name


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
