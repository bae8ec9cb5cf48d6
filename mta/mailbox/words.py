"""The mailbox's few words, in Korean and English."""

from __future__ import annotations

WORDS = {
    "en": {
        "mailbox": "Mailbox",
        "note": "Every mail sent on this machine lands here. None leaves it.",
        "search": "Find a recipient",
        "find": "Find",
        "delete_all": "Delete all",
        "empty": "No mail yet.",
        "nobody": "No mail to anybody like that.",
        "back": "All mail",
        "to": "To",
        "from": "From",
        "at": "Came",
        "html": "HTML",
        "text": "Text",
        "headers": "Headers",
        "source": "Source",
        "attachments": "Attachments",
        "no_subject": "(no subject)",
        "no_part": "This mail has no such part.",
        "older": "Older",
        "not_found": "That mail is not here (any more).",
    },
    "ko": {
        "mailbox": "메일함",
        "note": "이 컴퓨터에서 보낸 메일은 모두 여기에 모입니다. 밖으로는 나가지 않습니다.",
        "search": "받는 사람 찾기",
        "find": "찾기",
        "delete_all": "모두 지우기",
        "empty": "아직 메일이 없습니다.",
        "nobody": "그런 사람에게 온 메일이 없습니다.",
        "back": "전체 메일",
        "to": "받는 사람",
        "from": "보낸 사람",
        "at": "받은 시각",
        "html": "HTML",
        "text": "텍스트",
        "headers": "헤더",
        "source": "원본",
        "attachments": "첨부 파일",
        "no_subject": "(제목 없음)",
        "no_part": "이 메일에는 그런 부분이 없습니다.",
        "older": "이전 메일",
        "not_found": "찾으시는 메일이 없습니다.",
    },
}


def words(accept_language: str) -> dict[str, str]:
    """Return the words for the first language of the browser that there are some for."""
    for wish in accept_language.split(","):
        found = WORDS.get(wish.split(";")[0].strip()[:2].lower())
        if found:
            return found
    return WORDS["en"]


def language(chosen: dict[str, str]) -> str:
    return next(name for name, table in WORDS.items() if table is chosen)
