"""An uploaded file made into a picture for mails: known by its content, upright, bare, of bearable size."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from app.core.errors import N_, Invalid

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
# Twice the width of a mail: sharp on every screen, and no wider.
WIDEST = 1_600
_KNOWN = ("JPEG", "PNG", "GIF", "WEBP")
_TYPES = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"), "GIF": ("image/gif", "gif")}


class NoPicture(Invalid):
    message = N_("This file is no picture that mails can show. Use JPEG, PNG, GIF or WebP.")


class TooLarge(Invalid):
    message = N_("The picture is too large: at most %(mb)s MB and %(pixels)s million pixels.")

    def __init__(self) -> None:
        super().__init__(mb=MOST_BYTES // 1024 // 1024, pixels=MOST_PIXELS // 1_000_000)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The bytes that are kept, and what they are."""

    content: bytes
    content_type: str
    suffix: str
    width: int
    height: int


def prepare(content: bytes) -> Prepared:
    """Return the picture to keep: turned upright, without EXIF (which may say where it was taken), not too wide.

    A moving GIF stays as it is. WebP, which Outlook does not show, becomes JPEG, or PNG where it is see-through.

    Raises:
        NoPicture, TooLarge: it is not used.
    """
    if len(content) > MOST_BYTES:
        raise TooLarge
    try:
        with Image.open(io.BytesIO(content), formats=_KNOWN) as opened:
            # The size stands in the file's head: nothing is unpacked before it has been looked at.
            if opened.width * opened.height > MOST_PIXELS:
                raise TooLarge
            if opened.format == "GIF" and getattr(opened, "n_frames", 1) > 1:
                return Prepared(content, "image/gif", "gif", opened.width, opened.height)
            return written(ImageOps.exif_transpose(opened), str(opened.format))
    except Image.DecompressionBombError as error:
        raise TooLarge from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise NoPicture from error


def written(picture: Image.Image, form: str) -> Prepared:
    """Return a picture as it is kept: without anything but what is seen, and not too wide."""
    if picture.width > WIDEST:
        picture = picture.convert(_full(picture)).resize(
            (WIDEST, max(1, round(picture.height * WIDEST / picture.width))), Image.Resampling.LANCZOS
        )
    if form == "WEBP":
        form = "PNG" if picture.has_transparency_data else "JPEG"
    if form == "JPEG" and picture.mode not in ("RGB", "L"):
        picture = picture.convert("RGB")
    out = io.BytesIO()
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    if picture.mode == "P":
        bare.putpalette(picture.getpalette() or [])
    transparency = picture.info.get("transparency")
    options = {"transparency": transparency} if transparency is not None and form != "JPEG" else {}
    bare.save(out, form, optimize=True, **({"quality": 86, "progressive": True} if form == "JPEG" else options))
    content_type, suffix = _TYPES[form]
    return Prepared(out.getvalue(), content_type, suffix, bare.width, bare.height)


def _full(picture: Image.Image) -> str:
    return "RGBA" if picture.has_transparency_data else "RGB"
