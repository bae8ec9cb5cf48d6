"""The style sheets of rendered documents: one that is written into the elements, one for dark mode that stays."""

from __future__ import annotations

from app.document.theme import DARK_LINE, DARK_PAGE, DARK_PAPER, DARK_TEXT, Style, for_dark


def inlined_sheet(style: Style) -> str:
    """Return what is written into style attributes, since some mail programs drop style elements."""
    return f"""
body {{ padding: 24px 0; }}
.mp-t p, .mp-o p {{ margin: 0; }}
.mp-t p, .mp-o p, .mp-t li, .mp-o li, .mp-t h1, .mp-t h2, .mp-t h3, .mp-t h4, .mp-o h1, .mp-o h2, .mp-o h3, .mp-o h4,
.mp-t table td, .mp-t table th, .mp-o table td, .mp-o table th {{ word-break: keep-all; overflow-wrap: break-word; }}
.mp-t h1, .mp-t h2, .mp-t h3, .mp-t h4, .mp-o h1, .mp-o h2, .mp-o h3, .mp-o h4 {{ margin: 0; font-size: inherit;
  line-height: inherit; font-weight: 700; }}
.mp-t h1, .mp-t h2, .mp-t h3, .mp-t h4, .mp-t .mp-h {{ color: {style.heading}; }}
.mp-t a {{ color: {style.link}; }}
.mp-o a {{ color: inherit; }}
.mp-t ul, .mp-t ol, .mp-o ul, .mp-o ol {{ margin: 0; padding: 0 0 0 24px; }}
.mp-t li, .mp-o li {{ margin: 0 0 4px; }}
.mp-t blockquote, .mp-o blockquote {{ margin: 0; padding: 2px 0 2px 16px; }}
.mp-t table td, .mp-t table th, .mp-o table td, .mp-o table th {{ padding: 9px 10px; vertical-align: top;
  border-bottom: 1px solid {style.line}; }}
.mp-t table th, .mp-o table th {{ font-weight: 700; border-bottom-width: 2px; }}
.mp-k {{ font-size: 13px; font-weight: 700; }}
.mp-t .mp-k {{ color: {style.brand}; }}
.mp-a {{ font-size: 120% !important; line-height: 135% !important; }}
.mp-a + p {{ margin: 6px 0 0 !important; }}
.mp-h {{ text-decoration: none; }}
.mp-m {{ margin: 8px 0 0; }}
"""


def dark_sheet(style: Style) -> str:
    """Return the rules for dark mode: grounds and words of the paper change, what has colours of its own stays."""
    return f"""@media (prefers-color-scheme: dark) {{
body, .mp-page {{ background-color: {DARK_PAGE} !important; }}
.mp-paper, .mp-paper > table {{ background: {DARK_PAPER} !important; background-color: {DARK_PAPER} !important; }}
.mp-t div, .mp-t table, .mp-t h1, .mp-t h2, .mp-t h3, .mp-t h4, .mp-t .mp-h {{ color: {DARK_TEXT} !important; }}
.mp-t a {{ color: {for_dark(style.link)} !important; }}
.mp-t .mp-h {{ color: {DARK_TEXT} !important; }}
.mp-t .mp-k {{ color: {for_dark(style.brand)} !important; }}
.mp-t .mp-c {{ color: inherit !important; }}
.mp-t table td, .mp-t table th {{ border-color: {DARK_LINE} !important; }}
.mp-t .mp-s {{ background-color: {DARK_PAGE} !important; }}
.mp-l p {{ border-top-color: {DARK_LINE} !important; }}
}}"""
