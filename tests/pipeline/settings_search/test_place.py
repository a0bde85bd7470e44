"""The folder of a search: whose it is, and what is removed."""

import pytest

from buffycoat.errors import RunError
from buffycoat.pipeline.folder_of_trials import searching_alone
from buffycoat.pipeline.settings_search.place import check_place, remove_search
from buffycoat.runs import create_run


def test_two_processes_do_not_search_in_one_folder(tmp_path):
    out = tmp_path / "a"
    with (
        searching_alone(out),
        pytest.raises(RunError, match="is being searched by another process"),
        searching_alone(out),
    ):
        pass
    assert not out.exists()


def test_only_a_search_is_gone_on_with_or_replaced(tmp_path):
    check_place(tmp_path / "new", resume=False, overwrite=False)
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "searching.lock").touch()  # of a process that was killed at once
    check_place(tmp_path / "begun", resume=False, overwrite=False)
    with pytest.raises(RunError, match="holds no search that could be resumed"):
        check_place(tmp_path / "new", resume=True, overwrite=False)
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(RunError, match="exists and is no search"):
        check_place(tmp_path, resume=False, overwrite=True)
    (tmp_path / "study.db").write_text("")
    with pytest.raises(RunError, match="go on with --resume, choose another"):
        check_place(tmp_path, resume=False, overwrite=False)
    check_place(tmp_path, resume=True, overwrite=False)
    check_place(tmp_path, resume=False, overwrite=True)
    with pytest.raises(RunError, match="--overwrite replaces no study in a database"):
        check_place(tmp_path, resume=False, overwrite=True, is_shared=True)
    with pytest.raises(RunError, match="a study of its own"):
        check_place(tmp_path, resume=True, overwrite=False, is_shared=True)


def test_what_is_no_run_of_the_search_stays(tmp_path):
    remove_search(tmp_path)
    create_run(tmp_path / "trial-0001")
    (tmp_path / "trial-notes").mkdir()
    (tmp_path / "mine.txt").write_text("kept")
    for name in ("study.db", "trials.parquet", "best.toml", "search.html"):
        (tmp_path / name).write_text("")
    remove_search(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.txt", "trial-notes"]
