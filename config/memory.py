"""The garbage collector of a process that lives long and holds a whole application."""

from __future__ import annotations

import gc

# Of what lives for a request or a batch, most is gone before the next look; the usual 700 makes the collector look
# while thousands of rows are in hand, which took half of ingest's time.
NEW_OBJECTS = 50_000


def settle() -> None:
    """Never look again through what is there now: modules and tables live as long as the process.

    Call it once, when the application is loaded; before forking, so that the children share those pages.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
