"""A document rendered: JSON → MJML → HTML with its styles inlined. Pure: the same in, the same out.

A block with a condition stands between `<!--if n-->` and `<!--/if n-->`, which nobody can write into a mail by other
ways (comments are taken out of what people paste); `compile_mail` makes one slot of what is between.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import css_inline
from mjml import mjml2html

from app.document.layout import to_mjml
from app.document.schema import Node
from app.document.sheet import inlined_sheet
from app.document.theme import Look


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of a document. `conditions[n - 1]` is the one of the marks with number n."""

    html: str
    mjml: str
    conditions: list[dict[str, Any]]


def render(document: Node, look: Look) -> Rendered:
    """Render a document that `read_document` has read."""
    source, place = to_mjml(document, look)
    # No fonts from elsewhere: MRML would fetch some by their names, and tell their host who reads.
    inlined = _inliner(inlined_sheet(place.style)).inline(mjml2html(source, fonts={}))
    return Rendered(html=str(inlined), mjml=source, conditions=place.conditions)


@lru_cache(maxsize=64)
def _inliner(sheet: str) -> Any:
    # Styles of MJML's own stay where they are: they are for programs that read style elements.
    return css_inline.CSSInliner(
        inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=sheet
    )
