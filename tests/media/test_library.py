"""Pictures: what is kept of a file, who gets to see it, and what happens when it goes."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image
from werkzeug.test import Client, TestResponse

from app.core.site import settings
from app.media import preparing, queries, service
from app.media.preparing import NoPicture, TooLarge, prepare
from app.media.queries import NoRoom
from app.media.service import StillUsed
from app.media.store import DiskStore, store
from tests.support.mailings import schedule
from tests.support.workspaces import Place


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "#14324a" if mode == "RGB" else None).save(out, form, **options)
    return out.getvalue()


def turned() -> bytes:
    """A photograph taken sideways, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    return picture("JPEG", (40, 20), exif=exif)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_photograph_is_turned_upright_and_says_nothing_of_its_place() -> None:
    kept = prepare(turned())
    assert (kept.width, kept.height) == (20, 40)
    assert not opened(kept.content).getexif()
    assert (kept.content_type, kept.suffix) == ("image/jpeg", "jpg")


def test_a_wide_picture_is_made_smaller() -> None:
    kept = prepare(picture(size=(3_200, 1_000)))
    assert (kept.width, kept.height) == (1_600, 500)


@pytest.mark.parametrize(("mode", "suffix"), [("RGB", "jpg"), ("RGBA", "png")])
def test_webp_becomes_what_outlook_shows(mode: str, suffix: str) -> None:
    assert prepare(picture("WEBP", mode=mode)).suffix == suffix


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_every_kind_of_png_keeps_its_size(mode: str) -> None:
    kept = prepare(picture(mode=mode))
    assert (kept.width, kept.height) == opened(kept.content).size == (40, 30)


def test_what_is_see_through_stays_so() -> None:
    drawn = Image.new("P", (2, 1), 0)
    drawn.putpalette([255, 0, 0, 0, 0, 255])
    drawn.putpixel((1, 0), 1)
    out = io.BytesIO()
    drawn.save(out, "PNG", transparency=0)
    kept = opened(prepare(out.getvalue()).content).convert("RGBA")
    assert [kept.getpixel((x, 0)) for x in (0, 1)] == [(255, 0, 0, 0), (0, 0, 255, 255)]


@pytest.mark.parametrize(
    "content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ" * 90, picture()[:60], picture("BMP")]
)
def test_what_is_no_picture_for_mails_is_refused(content: bytes) -> None:
    with pytest.raises(NoPicture):
        prepare(content)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    small = picture()
    head = small[12:16] + (60_000).to_bytes(4, "big") + (60_000).to_bytes(4, "big") + small[24:29]
    bomb = small[:12] + head + zlib.crc32(head).to_bytes(4, "big") + small[33:]
    with pytest.raises(TooLarge):
        prepare(bomb)


def test_a_file_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "MOST_BYTES", 10)
    with pytest.raises(TooLarge):
        prepare(picture())


def upload(client: Client, content: bytes, *, accept: str = "application/json") -> TestResponse:
    data = {"file": (io.BytesIO(content), "sun.png"), "folder": "Autumn"}
    return client.post("/media/", data=data, headers={"Accept": accept})


def test_the_editor_gets_number_and_address_and_readers_the_picture(
    workspace: Place, client: Client, anonymous: Client, other_client: Client
) -> None:
    answer = upload(client, picture())
    assert answer.status_code == 201
    told = answer.json
    assert told["url"].startswith(f"{workspace.url}/m/")
    name = told["url"].rpartition("/")[2]
    assert len(name.partition(".")[0]) == 32
    shown = anonymous.get(f"/m/{name}")
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    assert "immutable" in shown.headers["Cache-Control"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in shown.headers
    assert other_client.get(f"/m/{name}").status_code == 404
    assert other_client.get(f"/media/{told['id']}").status_code == 404
    assert client.get("/media/", headers={"Accept": "application/json"}).json["pictures"][0]["id"] == told["id"]
    assert other_client.get("/media/", headers={"Accept": "application/json"}).json == {"pictures": []}


def test_a_refused_file_is_told_in_words(client: Client) -> None:
    answer = upload(client, b"no picture")
    assert answer.status_code == 422
    assert answer.json["error"]
    page = upload(client, b"no picture", accept="text/html")
    assert page.status_code == 422
    assert answer.json["error"] in page.text


def test_the_same_picture_is_kept_once(workspace: Place, client: Client) -> None:
    assert upload(client, picture()).json["id"] == upload(client, picture()).json["id"]
    with workspace.inside():
        assert len(queries.pictures()) == 1


def test_the_plan_has_room_for_so_much(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "room", lambda: (99, 100))
    with workspace.inside(), pytest.raises(NoRoom):
        service.add_picture(picture(), title="x")


def test_search_and_folders(workspace: Place, client: Client) -> None:
    upload(client, picture())
    assert "sun.png" in client.get("/media/?q=sun&folder=Autumn").text
    assert "No picture is like this" in client.get("/media/?q=moon", headers={"Accept-Language": "en"}).text
    with workspace.inside():
        assert queries.folders() == ["Autumn"]


def test_a_picture_in_use_is_deleted_only_when_that_is_meant(workspace: Place, client: Client) -> None:
    told = upload(client, picture()).json
    schedule(workspace, [], html=f'<img src="{told["url"]}">')
    assert "Today, {{name|reader}}" in client.get(f"/media/{told['id']}").text
    with workspace.inside(), pytest.raises(StillUsed):
        service.delete_picture(queries.picture(told["id"]))
    assert client.post(f"/media/{told['id']}/deletions").status_code == 409
    assert client.post(f"/media/{told['id']}/deletions", data={"although_used": "yes"}).status_code == 303
    assert client.get(f"/media/{told['id']}").status_code == 404


def test_the_disk_keeps_what_it_is_given(tmp_path: Path) -> None:
    kept = DiskStore(tmp_path)
    assert kept.get("abc.png") is None
    kept.put("abc.png", b"x", "image/png")
    assert kept.get("abc.png") == b"x"
    kept.discard("abc.png")
    kept.discard("abc.png")
    assert kept.get("abc.png") is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_pictures_are_kept_with_the_other_state(workspace: Place) -> None:
    with workspace.inside():
        made = service.add_picture(picture(), title="x")
        assert store().get(made.name) is not None
        assert list((settings().var / "media").rglob(made.name))
