"""Pictures and files in a bucket: kept, served or led to, and let go; against a server that checks every signature."""

from __future__ import annotations

import io
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.test import Client

from app.core.site import settings, use_settings
from app.media import queries
from app.media import store as stores
from app.media.files import add_file
from app.media.s3 import S3Store, StoreAway
from app.media.service import add_picture, delete_picture
from config.settings import Settings, SettingsError
from tests.media.test_files import PDF
from tests.media.test_library import picture
from tests.support.s3 import BUCKET, KEY_ID, REGION, SECRET, Bucket, serving
from tests.support.workspaces import Place

Choose = Callable[..., None]


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with serving() as running:
        yield running


def opened(bucket: Bucket, **changed: str) -> S3Store:
    given = {"bucket": BUCKET, "endpoint": bucket.url, "region": REGION, "key_id": KEY_ID, "secret": SECRET}
    return S3Store(**(given | changed))  # type: ignore[arg-type]


@pytest.fixture
def in_bucket(bucket: Bucket, workspace: Place) -> Iterator[Choose]:
    """Let the service keep its media in the bucket."""
    before = settings()

    def choose(readers: str = "") -> None:
        use_settings(
            replace(
                before, s3_bucket=BUCKET, s3_endpoint=bucket.url, s3_region=REGION, s3_key_id=KEY_ID, s3_secret=SECRET,
                s3_readers=readers,
            )
        )  # fmt: skip

    yield choose
    use_settings(before)


def test_what_is_put_is_there_until_it_is_let_go(bucket: Bucket) -> None:
    store = opened(bucket)
    assert store.get("a.pdf") is None
    store.put("a.pdf", PDF, "application/pdf", saved_as="보고서.pdf")
    content, headers = bucket.objects["a.pdf"]
    assert content == PDF == store.get("a.pdf")
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''%EB%B3%B4%EA%B3%A0%EC%84%9C.pdf"
    assert "immutable" in headers["cache-control"]
    store.discard("a.pdf")
    store.discard("a.pdf")
    assert bucket.objects == {}
    assert bucket.refused == []


def test_a_wrong_secret_is_told_without_naming_it(bucket: Bucket) -> None:
    with pytest.raises(StoreAway) as refused:
        opened(bucket, secret="another").put("a.pdf", PDF, "application/pdf")
    assert bucket.objects == {}
    assert "another" not in f"{refused.value} {refused.value.__cause__}"
    assert SECRET not in repr(Settings(s3_secret=SECRET))


def test_a_store_that_does_not_answer_is_said_so() -> None:
    store = S3Store(bucket=BUCKET, endpoint="http://127.0.0.1:9", region=REGION, key_id=KEY_ID, secret=SECRET)
    with pytest.raises(StoreAway):
        store.get("a.pdf")


def test_a_presigned_address_works_for_everybody_and_holds_no_secret(bucket: Bucket) -> None:
    store = opened(bucket, readers="presigned")
    store.put("a.pdf", PDF, "application/pdf")
    address = store.address("a.pdf")
    assert address is not None
    assert SECRET not in address
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=5) as answer:
        assert answer.read() == PDF


def test_pictures_and_files_come_from_the_bucket_through_us(
    bucket: Bucket, in_bucket: Choose, workspace: Place, anonymous: Client, run_tasks: Callable[[], None]
) -> None:
    in_bucket()
    with workspace.inside():
        made, file = add_picture(picture(), title="sun"), add_file(PDF, title="a.pdf")
        names, content, number = [made.name, file.name], stores.store().get(made.name), made.id
    assert sorted(bucket.objects) == sorted(names)
    shown = anonymous.get(f"/m/{names[0]}")
    assert (shown.status_code, shown.mimetype, shown.data) == (200, "image/png", content)
    assert anonymous.get(f"/m/{names[1]}").data == PDF
    with workspace.inside():
        delete_picture(queries.picture(number))
    run_tasks()
    assert list(bucket.objects) == names[1:]


@pytest.mark.parametrize("readers", ["presigned", "https://media.example/m/"])
def test_readers_may_be_led_to_the_bucket(
    in_bucket: Choose, bucket: Bucket, workspace: Place, anonymous: Client, other_client: Client, readers: str
) -> None:
    in_bucket(readers)
    with workspace.inside():
        name = add_picture(picture(), title="sun").name
    answer = anonymous.get(f"/m/{name}")
    assert answer.status_code == 302
    start = f"{bucket.url}/{BUCKET}/{name}?" if readers == "presigned" else f"https://media.example/m/{name}"
    assert answer.headers["Location"].startswith(start)
    assert other_client.get(f"/m/{name}").status_code == 404


def test_an_upload_that_cannot_be_kept_leaves_nothing(in_bucket: Choose, client: Client, bucket: Bucket) -> None:
    in_bucket()
    use_settings(replace(settings(), s3_endpoint="http://127.0.0.1:9"))
    data = {"file": (io.BytesIO(picture()), "sun.png")}
    answer = client.post("/media/", data=data, headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert "does not answer" in answer.json["error"]
    assert client.get("/media/", headers={"Accept": "application/json"}).json == {"pictures": []}


def test_the_secret_may_come_from_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "secret"
    kept.write_text(f"{SECRET}\n")
    env = {"MESSAGEPARK_S3_BUCKET": BUCKET, "MESSAGEPARK_S3_KEY_ID": KEY_ID, "MESSAGEPARK_S3_SECRET_FILE": str(kept)}
    assert Settings.from_env(env).s3_secret == SECRET
    with pytest.raises(SettingsError, match="MESSAGEPARK_S3_SECRET_FILE"):
        Settings.from_env(env | {"MESSAGEPARK_S3_SECRET_FILE": str(tmp_path / "none")})
    with pytest.raises(SettingsError, match="MESSAGEPARK_S3_SECRET"):
        Settings.from_env({"MESSAGEPARK_S3_BUCKET": BUCKET})


def test_readers_are_led_to_safe_addresses_only() -> None:
    with pytest.raises(SettingsError, match="s3_readers"):
        Settings.from_env({"MESSAGEPARK_S3_READERS": "http://media.example"})
