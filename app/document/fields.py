"""The shape of what people type into a mail: one line where a header is made of it, and a body of bearable size."""

from __future__ import annotations

import re

HTML_LIMIT = 500_000
SUBJECT_LIMIT = 200
# RFC 5322, 2.2: a line break in a header begins another header; NUL has no place in any.
ONE_LINE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]*\Z")
