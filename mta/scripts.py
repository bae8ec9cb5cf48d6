"""The Lua scripts under `lua/`: every change of state in Redis is one of them, so that it happens whole or not at all.

Keys, all under ``mta:`` (ref is ``tenant:mailing:batch``):

| key | type | what |
|---|---|---|
| `plan:{id}` | string | a plan; kept 14 days after it was last put |
| `batch:{ref}` | hash | an open batch; fields below |
| `open:{tenant}:{mailing}` | set | open batches |
| `q:{lane}:{tenant}` | list | refs that wait; lane `recall` holds cancelled and paused ones and goes first |
| `turn:{lane}` | sorted set | tenants that wait in that lane, by what they were served (stride scheduling) |
| `backlog:{lane}` | hash | tenant → sum of `load` |
| `later` | hash | tenant → who is deferred or parked |
| `done:{ref}` | set | seqs with a final outcome; decides who is recorded; kept a week |
| `retry:{ref}` | hash | seq → `attempt;due;first attempt at` |
| `due` | sorted set | refs with nothing but deferred recipients, by when the first is due |
| `control:{tenant}:{mailing}` | string | `paused` or `cancelled` |
| `lease:{process}` | hash | refs that a process holds |
| `alive` | sorted set | processes by their last heartbeat |
| `rates` | hash | tenant → mails an hour, evenly; `paid:{tenant}`: until when its last batch counts |
| `quotas` | hash | tenant → mails in any hour; `spent:{tenant}`: mails of this hour, gone when it ends |
| `weights` | hash | tenant → its share of a lane beside the others |
| `orders` | hash | what the operator wants: `tenant:{id}` stopped, `destination:{key}` suspended (both say why), |
| | | `flush:{key}` when a destination was to be tried at once, `log:{id}` (`log:*`: all) until when |
| | | each attempt gets a line in the log |
| `rate:{provider}` | number | when its next mail may go |
| `users:{key}` | hash | processes that send to a destination → when they last said so |
| `slow:{key}` | hash | that a destination asked to be left alone: `until`, `times` in a row, `why`, `at` |
| `warm:{address}:{day}` | number | mails that left from it |
| `sts:{domain}` | string | its policy (MTA-STS), as long as that holds |
| `status:{process}` | string | what it says of itself, as JSON |
| `outcomes` | stream | outcomes for the product, consumer group `ingest` |

A batch's fields: `p` the payload, `lane`, `left` who is not final, `load` who is neither final nor deferred, `owner`
the process that holds it, `since` when it came, `paid` that it counts in the hour, `flush` whose deferred recipients
are to be tried now, and `at`: `queue:<lane>`, `held` or `due`. It is always in exactly one of these places, so
two processes never work on the same one. Queues are lists with leases, not streams with consumer groups, because what
is cancelled must be taken out of the middle, and because one lease covers all queues of all tenants where a group would
need an XAUTOCLAIM for each.
"""

from __future__ import annotations

from hashlib import sha1
from pathlib import Path

_FOLDER = Path(__file__).with_name("lua")
PREFIX = "mta:"
OUTCOMES = "mta:outcomes"
INGEST = "ingest"
ORDERS = "mta:orders"
ORDERS_CHANGED = b"orders"


class Script:
    """A script's text and the name that Redis gives it."""

    def __init__(self, name: str) -> None:
        self.text = (_FOLDER / "shared.lua").read_text() + (_FOLDER / f"{name}.lua").read_text()
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()


SUBMIT = Script("submit")
CONTROL = Script("control")
CLAIM = Script("claim")
RECORD = Script("record")
RELEASE = Script("release")
TICK = Script("tick")
LEAVE = Script("leave")
GRANT = Script("grant")
WARM = Script("warm")
SHARE = Script("share")
FLUSH = Script("flush")
ACK = Script("ack")


def wake_channel(db: int) -> str:
    """Return the channel that says "work has come". Channels span all databases of a server, so it holds the number."""
    return f"mta:wake@{db}"


def control_channel(db: int) -> str:
    return f"mta:control@{db}"
