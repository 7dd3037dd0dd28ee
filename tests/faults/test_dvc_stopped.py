"""DVC itself is killed or interrupted between the command of a stage and its record in dvc.lock."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.support.laboratory import Fault, Laboratory

MOMENTS = [
    ("return Stage.remove_outs", 1),  # nothing is left of the outputs
    ("call Stage.save", 1),  # the command has ended
    ("call Output.commit", 1),  # nothing is in the cache yet
    ("call HashFileDB.add", 1),
    ("call StageCache.save", 1),  # all is in the cache, not in the run-cache
    ("call Lockfile.dump_stages", 1),  # all but dvc.lock is written
]


def reproduce(laboratory: Laboratory, stage: str, at: str, nth: int, do: str) -> tuple[int, str]:
    laboratory.forget_in_cache(stage)
    laboratory.make_lock_stale(stage)
    fault = Fault("dvc", at, nth, do)
    ended = laboratory.run("dvc", "repro", "--single-item", "--force", stage, fault=fault)
    return ended.code, ended.text


@pytest.mark.parametrize(("at", "nth"), MOMENTS)
def test_killed_dvc_continues(laboratory: Laboratory, at: str, nth: int) -> None:
    code, text = reproduce(laboratory, "train_custom", at, nth, "kill")
    assert code == -signal.SIGKILL, text
    laboratory.assert_nothing_is_half_written()
    laboratory.assert_repro_repairs()
    laboratory.assert_cache_is_whole()


@pytest.mark.parametrize(("at", "nth"), MOMENTS[::2])
def test_interrupted_dvc_continues(laboratory: Laboratory, at: str, nth: int) -> None:
    code, text = reproduce(laboratory, "split", at, nth, "interrupt")
    assert code in (252, 255, -signal.SIGINT), text
    assert "Traceback" not in text
    laboratory.assert_nothing_is_half_written()
    laboratory.assert_repro_repairs()
    laboratory.assert_cache_is_whole()


def test_dvc_killed_while_copying_to_the_cache_continues(laboratory: Laboratory) -> None:
    code, _ = reproduce(laboratory, "split", "call Output.commit", 1, "kill_in_write")
    assert code == -signal.SIGXFSZ
    laboratory.assert_nothing_is_half_written()
    laboratory.assert_repro_repairs()
    assert "1 damaged" in laboratory.verify()  # half a file that DVC left beside the others, under no file's name
    laboratory.assert_cache_is_whole()


def test_dvc_killed_while_writing_dvc_lock_continues(laboratory: Laboratory) -> None:
    code, _ = reproduce(laboratory, "train_custom", "call Lockfile.dump_stages", 1, "kill_in_write")
    assert code == -signal.SIGXFSZ
    assert len(laboratory.repository.read("dvc.lock")) < 100
    laboratory.assert_repro_repairs()


def test_lock_file_cut_off_between_two_words_is_repaired(laboratory: Laboratory) -> None:
    cut_off_after("md5: ", laboratory)
    laboratory.assert_repro_repairs()


def test_lock_file_cut_off_in_a_word_is_reported_and_git_restores_it(laboratory: Laboratory) -> None:
    cut_off_after("- pa", laboratory)
    refused = laboratory.run("dvc", "repro")
    assert refused.code == 255
    assert "'./dvc.lock' validation failed" in refused.text
    assert "Traceback" not in refused.text
    laboratory.assert_nothing_is_half_written()
    laboratory.repository.git("checkout", "dvc.lock")
    laboratory.assert_repro_repairs()


def cut_off_after(word: str, laboratory: Laboratory) -> None:
    text = laboratory.repository.read("dvc.lock")
    half = text[: text.index(word, len(text) // 2) + len(word)]
    (laboratory.root / "dvc.lock").write_text(half, encoding="utf-8")


def test_half_written_rwlock_is_reported_and_can_be_deleted(laboratory: Laboratory) -> None:
    code, _ = reproduce(laboratory, "train_custom", "call _acquire_write", 1, "kill_in_write")
    assert code == -signal.SIGXFSZ
    refused = laboratory.run("dvc", "repro")
    assert refused.code == 255
    assert f"Unable to read RWLock-file '{Path('.dvc/tmp/rwlock')}'" in refused.text
    assert "Traceback" not in refused.text
    (laboratory.root / ".dvc/tmp/rwlock").unlink()
    laboratory.assert_repro_repairs()


def test_rwlock_of_a_reused_process_number_names_the_file_to_delete(laboratory: Laboratory) -> None:
    code, _ = reproduce(laboratory, "train_custom", "call cmd_run", 1, "kill")
    assert code == -signal.SIGKILL
    lock = laboratory.root / ".dvc/tmp/rwlock"
    stale = re.sub(r'"pid": \d+', f'"pid": {os.getpid()}', lock.read_text(encoding="utf-8"))
    lock.write_text(stale, encoding="utf-8")
    refused = laboratory.run("dvc", "repro")
    assert refused.code == 255
    assert "manually remove" in refused.text
    lock.unlink()
    laboratory.assert_repro_repairs()
