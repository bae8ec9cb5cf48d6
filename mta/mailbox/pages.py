"""The mailbox's pages as HTML. Everything that comes out of a mail is escaped, or shown in a sandbox."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from urllib.parse import quote, urlencode

from mta.mailbox.store import Opened, Stored, summary
from mta.mailbox.words import language

PAGE = 50
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
VIEWS = ("html", "text", "headers", "source")
_CID = re.compile(r"cid:([^\"'\s)>]+)", re.IGNORECASE)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)

STYLE = """
:root{color-scheme:light dark;--ink:#1d2530;--soft:#5b6676;--line:#dde2e9;--paper:#fff;--ground:#f5f6f8;--accent:#1a56b8}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#9aa5b4;--line:#323b47;--paper:#1b2129;--ground:#12171d;
--accent:#86b3ff}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Apple SD Gothic Neo","Malgun Gothic","Noto Sans KR",sans-serif;word-break:keep-all;overflow-wrap:anywhere}
main{max-width:960px;margin:0 auto;padding:24px 16px}h1{font-size:24px;margin:0 0 4px}h1 a{color:inherit;text-decoration:none}
p{margin:0 0 16px}.soft{color:var(--soft)}a{color:var(--accent)}form{display:flex;gap:8px;flex-wrap:wrap;margin:0}
.bar{display:flex;gap:8px;justify-content:space-between;flex-wrap:wrap;margin-bottom:16px}
input,button{font:inherit;padding:6px 12px;border:1px solid var(--line);border-radius:6px;background:var(--paper);color:inherit;min-height:40px}
button{cursor:pointer}input{min-width:0;flex:1 1 180px}:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
ul{list-style:none;margin:0;padding:0;border:1px solid var(--line);border-radius:8px;background:var(--paper)}
li+li{border-top:1px solid var(--line)}li a{display:grid;grid-template-columns:1fr auto;gap:0 12px;padding:10px 14px;color:inherit;text-decoration:none}
li a:hover strong{text-decoration:underline}li span{grid-column:1;color:var(--soft);font-size:14px}li time{grid-column:2;grid-row:1;color:var(--soft);font-size:14px}
dl{display:grid;grid-template-columns:auto 1fr;gap:2px 12px;margin:0 0 16px}dt{color:var(--soft)}dd{margin:0}
nav{display:flex;gap:4px;flex-wrap:wrap;margin-bottom:8px}nav a{padding:6px 12px;border-radius:6px;text-decoration:none}
nav a[aria-current]{background:var(--paper);border:1px solid var(--line);color:inherit}
iframe{width:100%;height:75vh;border:1px solid var(--line);border-radius:8px;background:#fff}
pre{margin:0;padding:14px;border:1px solid var(--line);border-radius:8px;background:var(--paper);white-space:pre-wrap;font-size:14px;overflow:auto}
"""  # noqa: E501


def page(title: str, content: str, words: dict[str, str]) -> str:
    return (
        f'<!doctype html><html lang="{language(words)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/style.css"></head><body><main>{content}</main>'
        "</body></html>"
    )


def list_page(mails: list[Stored], to: str, skip: int, words: dict[str, str]) -> str:
    """Return the list; one mail more than `PAGE` in `mails` means that there are older ones."""
    rows = "".join(_row(mail, words) for mail in mails[:PAGE])
    older = urlencode({"to": to, "skip": skip + PAGE})
    more = f'<p><a href="/?{older}">{words["older"]}</a></p>' if len(mails) > PAGE else ""
    nothing = f'<p class="soft">{words["nobody" if to else "empty"]}</p>'
    return page(
        words["mailbox"],
        f'<h1><a href="/">{words["mailbox"]}</a></h1><p class="soft">{words["note"]}</p><div class="bar">'
        f'<form role="search"><input type="search" name="to" value="{escape(to)}" aria-label="{words["search"]}" '
        f'placeholder="{words["search"]}"><button>{words["find"]}</button></form>'
        f'<form method="post" action="/delete"><button>{words["delete_all"]}</button></form></div>'
        + (f"<ul>{rows}</ul>{more}" if rows else nothing),
        words,
    )


def _row(mail: Stored, words: dict[str, str]) -> str:
    about = summary(mail)
    subject = escape(about["subject"]) or words["no_subject"]
    return (
        f'<li><a href="/messages/{mail.id}"><strong>{subject}</strong>{_time(mail.at)}'
        f"<span>{escape(mail.recipient)}</span></a></li>"
    )


def _time(at: float) -> str:
    moment = datetime.fromtimestamp(at).astimezone()
    return f'<time datetime="{moment.isoformat(timespec="seconds")}">{moment:%Y-%m-%d %H:%M:%S}</time>'


def mail_page(mail: Opened, view: str, words: dict[str, str]) -> str:
    about = summary(mail.stored)
    subject = escape(about["subject"]) or words["no_subject"]
    link = f"/messages/{mail.stored.id}"
    tabs = "".join(
        f'<a href="{link}?view={name}"{" aria-current=page" if name == view else ""}>{words[name]}</a>'
        for name in VIEWS
    )
    files = ", ".join(map(escape, mail.attachments))
    return page(
        about["subject"] or words["mailbox"],
        f'<p><a href="/">← {words["back"]}</a></p><h1>{subject}</h1><dl>'
        f"<dt>{words['from']}</dt><dd>{escape(about['from'])}</dd><dt>{words['to']}</dt><dd>{escape(about['to'])}</dd>"
        f"<dt>{words['at']}</dt><dd>{_time(mail.stored.at)}</dd>"
        + (f"<dt>{words['attachments']}</dt><dd>{files}</dd>" if files else "")
        + f"</dl><nav>{tabs}</nav>{_view(mail, view, words)}",
        words,
    )


def _view(mail: Opened, view: str, words: dict[str, str]) -> str:
    if view == "html" and mail.html:
        return f'<iframe sandbox="{SANDBOX}" src="/messages/{mail.stored.id}/html" title="{words["html"]}"></iframe>'
    shown = {
        "html": "",
        "text": mail.text,
        "headers": "\n".join(f"{name}: {value}" for name, value in mail.headers),
        "source": mail.raw.decode("utf-8", "replace"),
    }[view]
    return f'<pre tabindex="0">{escape(shown)}</pre>' if shown else f'<p class="soft">{words["no_part"]}</p>'


def framed_html(mail: Opened) -> str:
    """Return the mail's HTML with links that open outside, and pictures that came along shown."""
    base = '<base target="_blank">'
    html = _CID.sub(lambda m: f"/messages/{mail.stored.id}/parts/{quote(m[1], safe='')}", mail.html)
    match = _HEAD.search(html)
    return html[: match.end()] + base + html[match.end() :] if match else base + html
