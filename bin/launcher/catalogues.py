"""Compiles the Korean catalogues of the domains; the results are not committed."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from launcher.places import ROOT
from launcher.stamps import Stamp, stamp
from launcher.terminal import Refusal, step


def ensure_catalogues() -> None:
    """Write each ``messages.mo`` whose ``messages.po`` changed.

    Raises:
        Refusal: a catalogue cannot be read.
    """
    stale = [path for path in catalogues() if not _is_compiled(path)]
    if not stale:
        return
    with step(f"Compiling {len(stale)} catalogues"):
        for path in stale:
            compile_catalogue(path)


def catalogues() -> list[Path]:
    return sorted(ROOT.glob("app/*/translations/*/LC_MESSAGES/*.po"))


def _is_compiled(path: Path) -> bool:
    return path.with_suffix(".mo").exists() and _stamp(path).is_current()


def _stamp(path: Path) -> Stamp:
    return stamp("-".join(path.relative_to(ROOT / "app").parts), [path])


def compile_catalogue(path: Path) -> None:
    """Write the .mo beside the .po, in one move: a running web process may be reading it."""
    try:
        with path.open("rb") as source:
            catalogue = read_po(source, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise Refusal(f"{path.relative_to(ROOT)} cannot be read: {error}.") from error
    aside = path.with_suffix(".mo.new")
    with aside.open("wb") as target:
        write_mo(target, catalogue)
    aside.replace(path.with_suffix(".mo"))
    _stamp(path).write()
