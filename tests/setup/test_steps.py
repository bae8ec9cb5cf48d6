"""Set-up steps are skipped when nothing changed, and explain themselves when they fail."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from launcher import terminal
from launcher.frontend import node_is_new_enough
from launcher.stamps import stamp
from launcher.terminal import Refusal, run_logged


def test_step_is_current_until_a_file_changes(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("flask==3.1.3")
    stamp("packages", [lock], folder=tmp_path).write()
    assert stamp("packages", [lock], folder=tmp_path).is_current()
    lock.write_text("flask==3.1.4")
    assert not stamp("packages", [lock], folder=tmp_path).is_current()


def test_step_is_not_current_for_another_word_or_a_new_file(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    two.write_text("2")
    stamp("build", [one], "node 24", folder=tmp_path).write()
    assert not stamp("build", [one], "node 26", folder=tmp_path).is_current()
    assert not stamp("build", [one, two], "node 24", folder=tmp_path).is_current()


def test_forgotten_step_is_done_again(tmp_path: Path) -> None:
    done = stamp("build", folder=tmp_path)
    done.write()
    done.forget()
    assert not done.is_current()


NODES = [("v24.1.0\n", True), ("v22.0.0", True), ("v20.20.2", False), ("", False)]


@pytest.mark.parametrize(("answer", "enough"), NODES)
def test_node_version(answer: str, enough: bool) -> None:
    assert node_is_new_enough(answer) is enough


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(terminal, "LOGS", tmp_path / "log")
    monkeypatch.setattr(terminal, "ROOT", tmp_path)
    return tmp_path / "log"


def test_failed_command_shows_the_end_of_its_log(logs: Path) -> None:
    code = "import sys; [print('line', n) for n in range(50)]; sys.exit(3)"
    with pytest.raises(Refusal) as refused:
        run_logged([sys.executable, "-c", code], log="pip", what="Installing", cwd=logs.parent)
    assert str(refused.value) == "Installing failed (exit code 3): the lines above are the end of log/pip.log."
    assert refused.value.details.endswith("line 48\nline 49")
    assert "line 10\n" not in refused.value.details


def test_what_a_command_says_in_one_line_is_the_sentence(logs: Path) -> None:
    with pytest.raises(Refusal, match=r"^Preparing failed: Redis does not answer\.$"):
        run_logged(
            [sys.executable, "-c", "raise SystemExit('Redis does not answer.')"],
            log="release",
            what="Preparing",
            cwd=logs.parent,
        )


def test_full_disk_is_called_by_its_name(logs: Path) -> None:
    code = "import sys; sys.exit('OSError: [Errno 28] No space left on device')"
    with pytest.raises(Refusal, match="Installing failed because the disk is full"):
        run_logged([sys.executable, "-c", code], log="pip", what="Installing", cwd=logs.parent)
