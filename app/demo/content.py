"""What Daily Park, the demonstration newspaper, writes. Invented from end to end; its people are numbered readers."""

from __future__ import annotations

from dataclasses import dataclass

BRAND = "#14532d"
READERS_DOMAIN = "readers.daily-park.example"


@dataclass(frozen=True, slots=True)
class Story:
    """A headline with two sentences under it."""

    headline: str
    lead: str
    slug: str


MORNING = [
    Story(
        "공원 야간 개장, 다음 달부터 열 시까지",
        "산책로 조명을 바꾸고 안내원을 늘립니다. 주말에는 작은 음악회도 열립니다.",
        "park-at-night",
    ),
    Story(
        "시장 골목 지붕 공사 마무리",
        "비가 와도 장을 볼 수 있게 되었습니다. 상인회는 개장 행사를 준비하고 있습니다.",
        "market-roof",
    ),
    Story("도서관 새 책 이백 권", "주민이 고른 책부터 서가에 올랐습니다. 예약은 오늘부터 받습니다.", "library"),
    Story(
        "학교 앞 건널목 신호 오 초 길어진다", "등하교 시간에만 바뀝니다. 네 곳에서 먼저 해 보고 넓힙니다.", "crossing"
    ),
    Story(
        "첫눈 대비, 제설함 마흔 곳 점검",
        "모래와 염화칼슘을 채웠습니다. 집 앞 제설함 위치는 지도에서 볼 수 있습니다.",
        "first-snow",
    ),
    Story("버스 3번 노선, 병원 앞을 지난다", "정류장 두 곳이 새로 생깁니다. 배차 간격은 그대로입니다.", "bus-three"),
    Story(
        "동네 목욕탕이 작은 전시장으로", "타일은 그대로 두고 사진을 걸었습니다. 이달 말까지 무료입니다.", "bathhouse"
    ),
    Story(
        "텃밭 가을 분양, 추첨은 금요일", "올해는 열두 자리가 늘었습니다. 신청은 주민센터에서 받습니다.", "allotments"
    ),
    Story(
        "강변 자전거길 끊긴 구간 이어진다",
        "다리 아래 오백 미터가 이번 주에 열립니다. 표지판도 새로 세웁니다.",
        "river-path",
    ),
]
EVENING = [
    Story(
        "오늘의 공원: 은행나무길이 가장 노란 날",
        "내일 오후 비가 오기 전까지가 절정입니다. 사진은 독자들이 보내 주었습니다.",
        "ginkgo",
    ),
    Story("동네 빵집 여섯 곳의 마감 시간", "저녁 일곱 시 이후에도 따뜻한 빵이 남는 집을 찾아 걸었습니다.", "bakeries"),
    Story("주말 극장 시간표와 남은 자리", "작은 영화관의 저녁 두 회가 아직 비어 있습니다.", "cinema"),
    Story("저녁 산책 사십 분, 경사 없는 길", "유아차와 휠체어로 다녀 본 길만 골랐습니다.", "level-walk"),
    Story("내일 아침 안개 주의", "강변은 시정이 이백 미터 아래로 떨어집니다. 조금 일찍 나서십시오.", "fog"),
]
NOTICE = [
    Story("배달 시간이 바뀝니다", "다음 주 월요일부터 아침판은 여섯 시에 보냅니다. 바꾸실 것은 없습니다.", "delivery"),
    Story("구독 정보를 확인해 주세요", "이름과 주소가 다르면 이 메일에 답장으로 알려 주십시오.", "details"),
]
BREAKING = [
    Story("강변 산책로 전 구간 통제", "밤사이 내린 비로 물이 불었습니다. 해제되는 대로 다시 알려 드립니다.", "closed"),
]

_PAGE = """<!doctype html>
<html lang="ko">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="margin:0;padding:0;background-color:#f4f4f0">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background-color:#f4f4f0"><tr>
<td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;background-color:#ffffff">
<tr><td style="padding:28px 32px 12px 32px;border-bottom:3px solid {brand};font-family:Georgia,serif">
<p style="margin:0;font-size:13px;color:#5b6470">{edition}</p>
<p style="margin:4px 0 0 0;font-size:26px;font-weight:bold;color:{brand}">데일리 파크</p></td></tr>
<tr><td style="padding:24px 32px 0 32px;font-family:sans-serif;font-size:15px;line-height:1.7;color:#1f2933">
{{{{name|독자}}}}님, 안녕하세요.</td></tr>
{stories}
<tr><td style="padding:24px 32px 28px 32px;font-family:sans-serif;font-size:12px;line-height:1.7;color:#5b6470">
데일리 파크는 시연용으로 지어낸 신문입니다. <a href="{{{{view_url}}}}" style="color:#5b6470">웹에서 보기</a> ·
<a href="{{{{unsubscribe_url}}}}" style="color:#5b6470">수신거부</a></td></tr>
</table></td></tr></table></body></html>
"""
_STORY = """<tr><td style="padding:20px 32px 0 32px;font-family:sans-serif">
<p style="margin:0;font-size:19px;line-height:1.4;font-weight:bold"><a href="https://daily-park.example/{slug}"
style="color:#1f2933;text-decoration:none">{headline}</a></p>
<p style="margin:6px 0 0 0;font-size:15px;line-height:1.7;color:#3e4c59">{lead}
<a href="https://daily-park.example/{slug}#more" style="color:{brand}">이어 읽기</a></p></td></tr>"""


def page(edition: str, stories: list[Story]) -> str:
    """Return the HTML of an edition."""
    told = "\n".join(
        _STORY.format(slug=story.slug, headline=story.headline, lead=story.lead, brand=BRAND) for story in stories
    )
    return _PAGE.format(brand=BRAND, edition=edition, stories=told)
