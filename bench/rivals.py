"""One process of what the MTA is compared with: ``python -m bench.rivals sign|aiosmtplib COUNT PORT``.

Prints the seconds it took, without starting Python.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from hashlib import sha256
from itertools import repeat

import aiosmtplib
import uvloop
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench.audience import Shape, html_of
from bench.signing import private_key

CONNECTIONS = 25


def sign(count: int) -> float:
    """Sign digests with RSA-2048, one after the other."""
    key = load_pem_private_key(private_key("rsa2048"), None)
    assert isinstance(key, RSAPrivateKey)
    padding, prehashed, digest = PKCS1v15(), Prehashed(SHA256()), sha256(b"mail").digest()
    started = time.perf_counter()
    for _ in repeat(None, count):
        key.sign(digest, padding, prehashed)
    return time.perf_counter() - started


async def send(count: int, port: int) -> float:
    """Send a mail that was made beforehand over connections that stay open."""
    head = "From: news@bench.example\nContent-Type: text/html\n\n"
    mail = (head + html_of(Shape(0))).replace("\n", "\r\n").encode()
    started = time.perf_counter()
    await asyncio.gather(*(_connection(mail, count // CONNECTIONS, port) for _ in range(CONNECTIONS)))
    return time.perf_counter() - started


async def _connection(mail: bytes, count: int, port: int) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        for _ in repeat(None, count):
            await client.sendmail("news@bench.example", ["reader@readers.example"], mail)


def main() -> None:
    parser = argparse.ArgumentParser(description="One process of what the MTA is compared with.")
    parser.add_argument("name", choices=("sign", "aiosmtplib"))
    parser.add_argument("count", type=int)
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    taken = sign(options.count) if options.name == "sign" else uvloop.run(send(options.count, options.port))
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
