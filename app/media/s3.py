"""Pictures and files in a bucket of an S3-compatible service."""

from __future__ import annotations

from datetime import timedelta

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from app.core.errors import N_, DomainError
from app.media.kinds import attachment

PRESIGNED = "presigned"
SIGNED_FOR = timedelta(hours=1)
FOR_A_YEAR = "public, max-age=31536000, immutable"


class StoreAway(DomainError):
    message = N_(
        "The store of pictures and files does not answer just now. Nothing was changed; try again in a moment."
    )
    status = 503
    retry = True


class S3Store:
    """Implements `store.Store` in a bucket.

    `readers`: how they get what is there: empty, through us; ``presigned``, from the service by an address that holds
    for an hour; else from this address, with the name behind it.
    """

    def __init__(self, *, bucket: str, endpoint: str, region: str, key_id: str, secret: str, readers: str = "") -> None:
        self._readers = readers
        self._bucket = Bucket(
            bucket,
            region=region,
            access_key_id=key_id,
            secret_access_key=secret,
            # A bucket in the path needs no DNS name and no certificate of its own.
            endpoint=endpoint or f"https://s3.{region}.amazonaws.com",
            virtual_hosted_style_request=False,
            # Not every service knows Amazon's way of deleting many at once.
            disable_bulk_delete=True,
            client_options={
                "connect_timeout": "3s", "timeout": "20s", "allow_http": endpoint.startswith("http://"),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
        )  # fmt: skip

    def put(self, name: str, content: bytes, content_type: str, *, saved_as: str = "") -> None:
        attributes = {"Content-Type": content_type, "Cache-Control": FOR_A_YEAR}
        if saved_as:
            attributes["Content-Disposition"] = attachment(saved_as)
        try:
            obstore.put(self._bucket, name, content, attributes=attributes, use_multipart=False)
        except BaseError as error:
            raise StoreAway from error

    def get(self, name: str) -> bytes | None:
        try:
            return bytes(obstore.get(self._bucket, name).bytes())
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise StoreAway from error

    def discard(self, name: str) -> None:
        try:
            obstore.delete(self._bucket, name)
        except FileNotFoundError:
            return
        except BaseError as error:
            raise StoreAway from error

    def address(self, name: str) -> str | None:
        if self._readers == PRESIGNED:
            return obstore.sign(self._bucket, "GET", name, SIGNED_FOR)
        return f"{self._readers.rstrip('/')}/{name}" if self._readers else None
