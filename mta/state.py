"""What one process says of itself, twice a second: read by metrics, by ``python -m mta status`` and by the product."""

from __future__ import annotations

import msgspec


class DestinationState(msgspec.Struct, frozen=True, kw_only=True):
    """A destination as one process sees it. `rate`: answers a second. `trouble`: why mails wait, or nothing.

    `complaint`: what a policy that is only being tested (MTA-STS) would have refused lately.
    """

    waiting: int = 0
    connections: int = 0
    rate: float = 0.0
    last_reply: str = ""
    trouble: str = ""
    complaint: str = ""


class ProcessState(msgspec.Struct, frozen=True, kw_only=True):
    """One process. `rates`: accepted mails a second of the tenants that it sends for.

    `unrecorded`: answers that the spool has not taken yet. `refused`: why the spool takes nothing, or nothing.
    """

    started: float
    held: int
    waiting: int
    unrecorded: int
    accepted: int
    lag: float
    refused: str
    destinations: dict[str, DestinationState]
    rates: dict[int, float]


_decoder = msgspec.json.Decoder(ProcessState)


def pack_state(state: ProcessState) -> bytes:
    return msgspec.json.encode(state)


def unpack_state(data: bytes) -> ProcessState:
    state: ProcessState = _decoder.decode(data)
    return state
