import json

import pytest

from buffycoat.errors import DiskError
from buffycoat.exports.place import MANIFEST, refuse_sources_inside, replacing_folder


def export(path, text, **how):
    with replacing_folder(path, **how) as place:
        (place / "a").write_text(text)
        (place / MANIFEST).write_text(json.dumps({"buffycoat_export": 1, "files": ["a"]}))


def test_the_folder_is_there_only_when_the_block_has_ended(tmp_path):
    with replacing_folder(tmp_path / "out") as place:
        (place / "a").write_text("1")
        assert not (tmp_path / "out").exists()
    assert (tmp_path / "out" / "a").read_text() == "1"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_broken_block_leaves_what_was_there_before(tmp_path, error):
    export(tmp_path / "out", "1")

    def broken():
        with replacing_folder(tmp_path / "out", overwrite=True) as place:
            (place / "a").write_text("2")
            raise error

    with pytest.raises(error):
        broken()
    assert (tmp_path / "out" / "a").read_text() == "1"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_export_is_replaced_only_when_asked_and_an_empty_folder_taken(tmp_path):
    (tmp_path / "out").mkdir()
    export(tmp_path / "out", "1")
    with pytest.raises(DiskError, match=r"holds an export already.*--overwrite"):
        export(tmp_path / "out", "2")
    export(tmp_path / "out", "2", overwrite=True)
    assert (tmp_path / "out" / "a").read_text() == "2"


@pytest.mark.parametrize("name", ["file", "folder", "link"])
def test_nothing_else_is_ever_replaced(tmp_path, name):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / MANIFEST).write_text('["mine"]')
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    with pytest.raises(DiskError, match=r"is a file|not empty and no export|is a link"):
        export(tmp_path / name, "2", overwrite=True)
    assert (tmp_path / "file").read_text() == "mine"
    assert (tmp_path / "folder" / MANIFEST).read_text() == '["mine"]'


def test_files_that_are_not_of_the_export_are_never_removed(tmp_path):
    export(tmp_path / "out", "1")
    (tmp_path / "out" / ".DS_Store").write_text("")
    export(tmp_path / "out", "2", overwrite=True)
    (tmp_path / "out" / "train").mkdir()
    (tmp_path / "out" / "train" / "mine.png").write_text("mine")
    with pytest.raises(DiskError, match=r"'train/mine\.png' in it is not of the export"):
        export(tmp_path / "out", "3", overwrite=True)
    assert (tmp_path / "out" / "train" / "mine.png").read_text() == "mine"
    assert (tmp_path / "out" / "a").read_text() == "2"


def test_an_export_that_lists_no_files_is_not_replaced(tmp_path):
    export(tmp_path / "out", "1")
    (tmp_path / "out" / MANIFEST).write_text('{"buffycoat_export": 1}')
    with pytest.raises(DiskError, match="without a list of its files"):
        export(tmp_path / "out", "2", overwrite=True)
    assert (tmp_path / "out" / "a").read_text() == "1"


def test_what_is_exported_is_not_in_the_place_that_is_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "out")
    refuse_sources_inside(tmp_path / "out", [tmp_path, tmp_path / "out2" / "a.png"])
    for source in (tmp_path / "out", tmp_path / "link" / "a.png"):
        with pytest.raises(DiskError, match="which is to be exported, lies in it"):
            refuse_sources_inside(tmp_path / "out", [tmp_path, source])
