"""CSS of a mail: only properties that lay out and colour, no values that load or run anything but https pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence

import tinycss2
from tinycss2.ast import AtRule, Declaration, FunctionBlock, Node, QualifiedRule, URLToken

_PROPERTIES = """
    background background-color background-image background-position background-repeat background-size
    border-collapse border-spacing box-shadow box-sizing caption-side clear color color-scheme direction display
    float height letter-spacing line-height max-height max-width min-height min-width opacity overflow
    overflow-wrap table-layout vertical-align visibility white-space width word-break word-spacing word-wrap
    hyphens empty-cells object-fit outline supported-color-schemes quotes order gap
    -webkit-text-size-adjust -ms-text-size-adjust -webkit-font-smoothing -ms-interpolation-mode
    """
PROPERTIES = frozenset(_PROPERTIES.split())
FAMILIES = ("border", "font", "list-style", "margin", "mso-", "padding", "text-", "flex", "align-", "justify-")
_RISKS = re.compile(r"expression|javascript:|vbscript:|behavior|-moz-binding|[<\\{}\x00]", re.IGNORECASE)
_PICTURE = re.compile(r"https?://", re.IGNORECASE)
_MEDIA = re.compile(r"[\w\s():,.\-/>=]+", re.ASCII)


def clean_declarations(style: str) -> str:
    """Return the declarations of a style attribute that a mail may have."""
    return "; ".join(_kept(style))


def clean_stylesheet(style: str) -> str:
    """Return the rules of a style element that a mail may have: plain rules, and those within @media."""
    without_comments = re.sub(r"<!--|-->", "", style)
    rules = tinycss2.parse_stylesheet(without_comments, skip_comments=True, skip_whitespace=True)
    return "\n".join(text for rule in rules if (text := _rule(rule)))


def _rule(rule: Node) -> str:
    if isinstance(rule, QualifiedRule):
        return _qualified(rule)
    if isinstance(rule, AtRule) and rule.lower_at_keyword == "media" and rule.content is not None:
        return _media(rule)
    return ""


def _qualified(rule: QualifiedRule) -> str:
    selector = tinycss2.serialize(rule.prelude).strip()
    kept = _kept(rule.content)
    if not kept or not selector or _RISKS.search(selector):
        return ""
    return f"{selector} {{ {'; '.join(kept)} }}"


def _media(rule: AtRule) -> str:
    query = tinycss2.serialize(rule.prelude).strip()
    inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
    rules = [text for each in inner if isinstance(each, QualifiedRule) and (text := _qualified(each))]
    if not rules or not _MEDIA.fullmatch(query):
        return ""
    return f"@media {query} {{\n" + "\n".join(f"  {text}" for text in rules) + "\n}"


def _kept(style: str | Sequence[Node]) -> list[str]:
    nodes = tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True)
    return [_written(node) for node in nodes if isinstance(node, Declaration) and _harmless(node)]


def _harmless(node: Declaration) -> bool:
    name = node.lower_name
    if name not in PROPERTIES and not name.startswith(FAMILIES):
        return False
    written = _written(node)
    return not _RISKS.search(written) and all(_loads_nothing_odd(part) for part in node.value)


def _written(node: Declaration) -> str:
    for part in node.value:
        _quote_singly(part)
    important = " !important" if node.important else ""
    return f"{node.lower_name}: {tinycss2.serialize(node.value).strip()}{important}"


def _quote_singly(part: Node) -> None:
    """A style attribute stands in double quotes, so strings in it read best in single ones."""
    if part.type == "string" and "'" not in part.value:
        part.representation = f"'{part.representation[1:-1]}'"
    for inner in getattr(part, "arguments", None) or ():
        _quote_singly(inner)


def _loads_nothing_odd(part: Node) -> bool:
    """A `url()` may name a picture on the web. With quotes it is a function, without a token of its own."""
    if isinstance(part, URLToken):
        return bool(_PICTURE.match(part.value))
    if isinstance(part, FunctionBlock):
        inner = [each for each in part.arguments if each.type not in ("whitespace", "comment")]
        if part.lower_name == "url":
            return len(inner) == 1 and inner[0].type == "string" and bool(_PICTURE.match(inner[0].value))
        return part.lower_name not in ("image", "image-set", "src", "element") and all(map(_loads_nothing_odd, inner))
    return True
