"""What can be done with sending domains."""

from app.domains.service.keys import (
    KeyNotVisible,
    make_service_keys,
    relock_keys,
    renew_spare_keys,
    rotate_keys,
    rotate_service_key,
    rotate_when_due,
    sign_once,
    sign_twice,
)
from app.domains.service.naming import AlreadyHere, TooMany, add_domain, remove_domain
from app.domains.service.senders import Sender, sender_of, shared_address, unverified_domain
from app.domains.service.sightings import claim_due, record_sightings

__all__ = [
    "AlreadyHere",
    "KeyNotVisible",
    "Sender",
    "TooMany",
    "add_domain",
    "claim_due",
    "make_service_keys",
    "record_sightings",
    "relock_keys",
    "remove_domain",
    "renew_spare_keys",
    "rotate_keys",
    "rotate_service_key",
    "rotate_when_due",
    "sender_of",
    "shared_address",
    "sign_once",
    "sign_twice",
    "unverified_domain",
]
