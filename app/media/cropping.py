"""A part of a picture as a picture of its own. The whole is kept, so that it can be cropped anew."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from app.core.errors import N_, Invalid
from app.media.preparing import Prepared, written

WHOLE = 10_000


class Moves(Invalid):
    message = N_("A moving picture cannot be cropped. It is as it was.")


class NoPart(Invalid):
    message = N_("This is no part of the picture. It is as it was.")


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of a picture, in ten-thousandths of its width and height."""

    left: int
    top: int
    width: int
    height: int

    @property
    def inside(self) -> bool:
        return (
            self.left >= 0 and self.top >= 0 and self.width > 0 and self.height > 0
            and self.left + self.width <= WHOLE and self.top + self.height <= WHOLE
        )  # fmt: skip


def cut(content: bytes, frame: Frame) -> Prepared:
    """Return a part of a picture that was kept.

    Raises:
        Moves: it is a moving one.
        NoPart: the frame is not inside it.
    """
    if not frame.inside:
        raise NoPart
    with Image.open(io.BytesIO(content)) as opened:
        if getattr(opened, "n_frames", 1) > 1:
            raise Moves
        across, down = opened.width / WHOLE, opened.height / WHOLE
        left, top = int(frame.left * across), int(frame.top * down)
        right = max(left + 1, round((frame.left + frame.width) * across))
        bottom = max(top + 1, round((frame.top + frame.height) * down))
        return written(opened.crop((left, top, right, bottom)), str(opened.format))
