"""A part of a picture: cut by the server, of the whole however often, and gone with it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from werkzeug.test import Client, TestResponse

from app.media import queries, service
from app.media.cropping import Frame, Moves, NoPart, cut
from app.media.store import store
from tests.media.test_library import picture, upload
from tests.support.workspaces import Place

RIGHT_HALF = {"left": 5_000, "top": 0, "width": 5_000, "height": 10_000}


def halves() -> bytes:
    """Red on the left, blue on the right."""
    drawn = Image.new("RGB", (400, 100), "#d00000")
    drawn.paste("#0000d0", (200, 0, 400, 100))
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def crop(client: Client, number: int, **frame: int) -> TestResponse:
    return client.post(f"/media/{number}/crops", data=RIGHT_HALF | frame)


def kept(place: Place, told: dict[str, str]) -> Image.Image:
    with place.inside():
        content = store().get(told["url"].rpartition("/")[2])
    assert content is not None
    return Image.open(io.BytesIO(content)).convert("RGB")


def test_a_part_is_cut_and_can_be_cropped_anew_from_the_whole(workspace: Place, client: Client) -> None:
    whole = upload(client, halves()).json
    part = crop(client, whole["id"])
    assert part.status_code == 201
    assert (part.json["width"], part.json["height"]) == (200, 100)
    assert set(kept(workspace, part.json).getcolors() or []) == {(20_000, (0, 0, 208))}
    told = client.get(f"/media/{part.json['id']}", headers={"Accept": "application/json"}).json
    assert (told["whole"]["id"], told["frame"]) == (whole["id"], RIGHT_HALF)
    wider = crop(client, part.json["id"], left=2_500, width=7_500).json
    assert (wider["width"], kept(workspace, wider).getpixel((0, 0))) == (300, (208, 0, 0))
    listed = client.get("/media/", headers={"Accept": "application/json"}).json["pictures"]
    assert [each["id"] for each in listed] == [whole["id"]]


@pytest.mark.parametrize(
    "frame", [{"left": -1}, {"width": 0}, {"left": 9_000}, {"height": 10_001}, {"top": "x"}, {"left": ""}]
)
def test_what_is_no_part_is_refused(client: Client, frame: dict[str, int]) -> None:
    number = upload(client, picture()).json["id"]
    answer = crop(client, number, **frame)
    assert answer.status_code == 422
    assert "no part" in answer.json["error"]


def test_the_smallest_part_is_a_point() -> None:
    point = cut(picture(), Frame(9_999, 9_999, 1, 1))
    assert (point.width, point.height) == (1, 1)
    with pytest.raises(NoPart):
        cut(picture(), Frame(0, 0, 10_001, 1))


def test_a_moving_picture_stays_whole() -> None:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, "GIF", save_all=True, append_images=[Image.new("RGB", (4, 4), "blue")])
    with pytest.raises(Moves):
        cut(out.getvalue(), Frame(0, 0, 5_000, 5_000))


def test_parts_go_with_the_whole(workspace: Place, client: Client, run_tasks: Callable[[], None]) -> None:
    whole = upload(client, halves()).json
    part = crop(client, whole["id"]).json
    with workspace.inside():
        service.delete_picture(queries.picture(whole["id"]))
    run_tasks()
    with workspace.inside():
        assert queries.names() == []
        assert store().get(part["url"].rpartition("/")[2]) is None


def test_other_workspaces_crop_nothing_of_it(client: Client, other_client: Client) -> None:
    number = upload(client, halves()).json["id"]
    assert crop(other_client, number).status_code == 404
