"""What the service signs its mail with, changed in a bench's own database: ``python -m bench.signing ed25519``."""

from __future__ import annotations

import argparse

import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.domains import vault
from app.domains.models import ServiceKey
from app.domains.queries import key_label
from app.factory import create_site_app
from config.settings import Settings

KINDS = ("rsa2048", "ed25519", "unsigned")
ALGORITHMS = {"rsa2048": "rsa-sha256", "ed25519": "ed25519-sha256"}
SELECTOR = "mp1"


def private_key(kind: str) -> bytes:
    """Return a fresh private key in PEM."""
    key = Ed25519PrivateKey.generate() if kind == "ed25519" else generate_private_key(65537, 2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def sign_with(kind: str) -> None:
    """Replace the service's keys by one of this kind, or by none."""
    with control_plane(), unit_of_work():
        db.session.execute(sa.delete(ServiceKey))
        if kind != "unsigned":
            locked = vault.lock(private_key(kind), label=key_label(None, None, SELECTOR))
            db.session.add(
                ServiceKey(selector=SELECTOR, algorithm=ALGORITHMS[kind], locked=locked, public="", active=True)
            )


def main() -> None:
    parser = argparse.ArgumentParser(description="Let the service sign its mail with another kind of key.")
    parser.add_argument("kind", choices=KINDS)
    options = parser.parse_args()
    with create_site_app(Settings.from_env()).app_context():
        sign_with(options.kind)


if __name__ == "__main__":
    main()
