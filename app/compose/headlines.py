"""News put into a mail that stands ready: the headline, a few words, a link; the rest of the mail stays. Pure."""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.document.markup import Kind, attribute, replace_attributes, tokens

READ_ON = {"ko": "자세히 보기", "en": "Read the story"}
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """What happened: a headline, paragraphs and a link, either of which may be missing. `locale`: its readers'."""

    headline: str
    paragraphs: tuple[str, ...] = ()
    link: str = ""
    locale: str = "ko"

    @property
    def read_on(self) -> str:
        return READ_ON.get(self.locale, READ_ON["en"])


def news_of(headline: str, more: str, locale: str) -> News:
    """Return the news of two fields; in `more` a line that is an address is the link, and the others are the text."""
    lines = [" ".join(line.split()) for line in more.splitlines()]
    links = [line for line in lines if _LINK.fullmatch(line)]
    words = tuple(line for line in lines if line and line not in links[:1])
    return News(" ".join(headline.split()), words, links[0] if links else "", locale)


def in_blocks(document: Block, news: News) -> Block:
    """Return a document with the news in it: its first heading, the text below that, and its first button."""
    made = copy.deepcopy(document)
    preheader = news.paragraphs[0][:150] if news.paragraphs else ""
    made["attrs"] = {**(made.get("attrs") or {}), "preheader": preheader}
    place, at = _heading(made)
    place[at] = {**place[at], "content": _words(news.headline)}
    end = at + 1
    while end < len(place) and place[end]["type"] == "paragraph":
        end += 1
    place[at + 1 : end] = [{"type": "paragraph", "content": _words(words)} for words in news.paragraphs]
    _link(made, news, place, at + 1 + len(news.paragraphs))
    return made


def bare(document: Block, foot: list[Block]) -> Block:
    """Return what of a starter is not an example of what could stand there: head, heading, button; and another foot."""
    made = copy.deepcopy(document)
    place, at = _heading(made)
    kept = [node for node in made["content"] if node["type"] == "header"]
    buttons = [holder[index] for holder, index in _nodes(made, "button")][:1]
    made["content"] = [*(node for node in kept if place[at] not in _below(node)), place[at], *buttons, *foot]
    return made


def _below(node: Block) -> list[Block]:
    return [holder[index] for holder, index in _nodes(node, "heading")]


def _nodes(node: Block, kind: str) -> Iterator[tuple[list[Block], int]]:
    """Yield where nodes of a kind are: the list that holds each, and the place in it."""
    children = node.get("content") or []
    for index, child in enumerate(children):
        if child["type"] == kind:
            yield children, index
        yield from _nodes(child, kind)


def _heading(document: Block) -> tuple[list[Block], int]:
    """Where the first heading is; a document without one gets it, below its header."""
    found = next(_nodes(document, "heading"), None)
    if found:
        return found
    content = document.setdefault("content", [])
    at = 1 if content and content[0]["type"] == "header" else 0
    content.insert(at, {"type": "heading", "attrs": {"level": 1}})
    return content, at


def _words(text: str) -> list[Block]:
    return [{"type": "text", "text": text}]


def _link(document: Block, news: News, place: list[Block], at: int) -> None:
    """Let the first button lead to the news; none that leads nowhere stays, and a link without a button gets one."""
    found = next(_nodes(document, "button"), None)
    if found and news.link:
        holder, index = found
        holder[index] = {**holder[index], "attrs": {**(holder[index].get("attrs") or {}), "url": news.link}}
    elif found:
        del found[0][found[1]]
    elif news.link:
        place.insert(at, {"type": "button", "attrs": {"url": news.link}, "content": _words(news.read_on)})


def in_html(source: str, news: News) -> str:
    """Return a mail of HTML with the news in it: its first heading, the paragraph below that, and its first link.

    What it has no place for comes before the rest.
    """
    headed, left = _inside(source, _HEADINGS, html.escape(news.headline))
    if left is None:
        return _before(source, _as_html(news))
    head, rest = headed, left
    words = "<br>".join(html.escape(paragraph) for paragraph in news.paragraphs)
    told, after = _inside(rest, frozenset({"p"}), words)
    if after is not None:
        head, rest = head + told, after
    elif words:
        head += f"<p>{words}</p>"
    if not news.link:
        return head + rest
    linked = _relinked(rest, news.link)
    button = f'<p><a href="{html.escape(news.link)}">{news.read_on}</a></p>'
    return head + (button + rest if linked is None else linked)


def _inside(source: str, names: frozenset[str], words: str) -> tuple[str, str | None]:
    """Cut after the first element of these names and put words into it; (source, None) where there is none."""
    pieces = list(tokens(source))
    for start, piece in enumerate(pieces):
        if piece.kind is Kind.OPEN and piece.name in names:
            ends = (
                i for i in range(start, len(pieces)) if pieces[i].kind is Kind.CLOSE and pieces[i].name == piece.name
            )
            end = next(ends, None)
            if end is not None:
                before = "".join(each.text for each in pieces[: start + 1])
                return before + words + pieces[end].text, "".join(each.text for each in pieces[end + 1 :])
    return source, None


def _relinked(source: str, link: str) -> str | None:
    pieces = list(tokens(source))
    for i, piece in enumerate(pieces):
        if piece.kind is Kind.OPEN and piece.name == "a" and _LINK.match((attribute(piece.text, "href") or "").strip()):
            changed = replace_attributes(piece.text, lambda name, _old: html.escape(link) if name == "href" else None)
            return "".join(each.text for each in (*pieces[:i],)) + changed + "".join(t.text for t in pieces[i + 1 :])
    return None


def _as_html(news: News) -> str:
    words = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in news.paragraphs)
    link = f'<p><a href="{html.escape(news.link)}">{news.read_on}</a></p>' if news.link else ""
    return f"<h1>{html.escape(news.headline)}</h1>{words}{link}"


def _before(source: str, piece: str) -> str:
    pieces = list(tokens(source))
    bodies = [i for i, each in enumerate(pieces) if each.kind is Kind.OPEN and each.name == "body"]
    at = bodies[0] + 1 if bodies else 0
    return "".join(each.text for each in pieces[:at]) + piece + "".join(each.text for each in pieces[at:])
