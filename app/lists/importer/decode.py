"""From bytes to text: which encoding it is, and a reader that never stops at a bad byte.

Korean offices save CSV as CP949; Excel's "Unicode text" is UTF-16; everybody else is UTF-8, with or without a mark.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable
from typing import IO

from charset_normalizer import from_bytes

HEAD = 64 * 1024
ENCODINGS = ("utf-8", "cp949", "utf-16", "utf-16-le", "utf-16-be", "shift_jis", "gb18030", "big5", "cp1252", "cp1251")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSABLE = ("cp949", "shift_jis", "gb18030", "big5", "cp1252", "cp1251")


def guess_encoding(pieces: Iterable[bytes]) -> str:
    """Return the encoding of a text that comes in pieces; reads on until something other than ASCII turns up."""
    sample = b""
    for piece in pieces:
        sample = sample or piece[:HEAD]
        if _is_wide(piece[:HEAD]) or not piece.isascii():
            sample += _around_first_foreign(piece)
            break
    return _of_sample(sample)


def _around_first_foreign(piece: bytes) -> bytes:
    """From the line in which the first byte beyond ASCII stands; a two-byte letter is not cut in half that way."""
    at = next((i for i in range(0, len(piece), HEAD) if not piece[i : i + HEAD].isascii()), 0)
    start = piece.rfind(b"\n", 0, at) + 1
    return piece[start : start + 4 * HEAD]


def _of_sample(sample: bytes) -> str:
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if _is_wide(sample):
        return "utf-16-be" if sample[:1] == b"\0" else "utf-16-le"
    if _decodes(sample, "utf-8"):
        return "utf-8"
    return "cp949" if _is_korean(sample) else _guessed(sample)


def _is_wide(sample: bytes) -> bool:
    """Two bytes a letter: every other one of plain text is zero. A few stray zeros are only dirt."""
    return sample.count(0) > 0.1 * len(sample)


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _is_korean(sample: bytes) -> bool:
    """Most of what is not ASCII are common Hangul syllables (KS X 1001); Japanese read as CP949 gives rare ones."""
    text = codecs.getincrementaldecoder("cp949")("replace").decode(sample)
    foreign = [letter for letter in text if ord(letter) > 127]
    hangul = sum("가" <= letter <= "힣" and _is_common(letter) for letter in foreign)
    return hangul > 0.8 * len(foreign)


def _is_common(letter: str) -> bool:
    return len(letter.encode("euc_kr", "ignore")) == 2


def _guessed(sample: bytes) -> str:
    best = from_bytes(sample, cp_isolation=list(_GUESSABLE)).best()
    return best.encoding if best else "cp949"


def reader(raw: IO[bytes], encoding: str) -> io.TextIOWrapper:
    """Return text over bytes; what does not decode becomes U+FFFD, a mark at the beginning is left out."""
    return io.TextIOWrapper(raw, "utf-8-sig" if encoding == "utf-8" else encoding, errors="replace", newline="")
