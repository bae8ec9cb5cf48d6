"""What a password must be: long rather than odd (NIST SP 800-63B, 5.1.1.2)."""

from __future__ import annotations

from app.core.errors import N_, Invalid

SHORTEST = 10
LONGEST = 200
GUESSED_FIRST = frozenset(
    """
    1234567890 0123456789 0987654321 1q2w3e4r5t 1q2w3e4r5t6y 12345678910 123456789a 1234554321 qwertyuiop qwer1234qwer
    qwerty1234 qwerty12345 qwerty123456 password12 password123 password1234 passw0rd123 passwordpassword iloveyou12
    iloveyou123 abcdefghij abcd123456 abc1234567 abcdefg123 asdfghjkl; asdfasdfasdf administrator changeme123
    letmein1234 welcome123 welcome1234 messagepark messagepark1 messagepark123 1111111111 q1w2e3r4t5 zaq12wsxcde3
    """.split()  # noqa: SIM905 - a list of words reads better as text
)


class WeakPassword(Invalid):
    about = "password"
    message = N_("Use at least %(shortest)s characters that others will not guess. A few words are fine.")


def check_password(password: str, email: str) -> None:
    """Let a password pass that is not among those tried first.

    Raises:
        WeakPassword: too short, well known, one thing repeated, or made of the person's own address.
    """
    plain = password.lower()
    name, _, domain = email.partition("@")
    repeated = len(set(plain)) < 4
    own = plain in {email, name * 2} or (len(name) >= 4 and plain.replace(name, "").strip("0123456789.!@#$") == "")
    if len(password) < SHORTEST or plain in GUESSED_FIRST or repeated or own or (domain and plain == domain):
        raise WeakPassword(shortest=SHORTEST)
