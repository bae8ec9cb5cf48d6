"""Mails to try things on: well-formed HTML with merge tags, links of all kinds, and values that mean harm."""

from __future__ import annotations

import html

from hypothesis import strategies as st

WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="{}|\u2028\u2029"), max_size=20)
NAMES = st.sampled_from(["name", "email", "회사", "city_2", "order-no"])
TAGS = st.builds(
    lambda name, default: f"{{{{{name}|{html.escape(default)}}}}}" if default else f"{{{{{name}}}}}",
    NAMES,
    WORDS.map(str.strip),
)
TEXT = st.lists(WORDS.map(lambda words: html.escape(words, quote=False)) | TAGS, max_size=4).map("".join)
HOSTS = st.sampled_from(["https://news.example/a", "http://shop.example", "HTTPS://xn--bj0bj06e.example/길"])
QUERIES = st.lists(
    st.builds(
        "{}={}".format, st.sampled_from(["a", "b", "copy"]), st.sampled_from(["1", "가", "{{email}}", "{{name|x}}"])
    ),
    max_size=3,
)
WEB_URLS = st.builds(lambda host, query: host + ("?" + "&".join(query) if query else ""), HOSTS, QUERIES)
OTHER_URLS = st.sampled_from(
    ["mailto:a@b.example", "tel:+82-2-123", "#top", "sms:1", "", "/relative", "ftp://x.example"]
)
HARMFUL = st.sampled_from(
    [
        '"><script>alert(1)</script>',
        "' onmouseover='x",
        "</a><b>",
        "javascript:alert(1)",
        "a\r\nBcc: x@y.example",
        "{{name}}",
        "&lt;",
        "\x00" + "0u\x00",
    ]
)
VALUES = st.dictionaries(NAMES, HARMFUL | st.text(max_size=10), max_size=5)


def _link(url: str, inner: str) -> str:
    return f'<a href="{html.escape(url, quote=True)}" title="x">{inner}</a>'


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    wrapped = st.builds(lambda name, body: f"<{name}>{body}</{name}>", st.sampled_from(["p", "div", "b", "td"]), inner)
    linked = st.builds(_link, WEB_URLS | OTHER_URLS, TEXT)
    return wrapped | linked | st.lists(inner, max_size=3).map("".join)


IMAGES = st.builds(lambda alt: f'<img src="https://img.example/x.png" alt="{alt}">', TAGS | WORDS.map(html.escape))
BODIES = st.recursive(TEXT | IMAGES | st.just("<br>"), _nested, max_leaves=12)
DOCUMENTS = BODIES | BODIES.map(lambda body: f'<html><head><title>T</title></head><body class="x">{body}</body></html>')
