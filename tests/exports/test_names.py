import pytest

from buffycoat.exports.names import Taken, file_name, folder_names, is_whole_file, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("immature granulocyte", "immature granulocyte"),
        ("../../etc", "_._.._etc"),
        ("a/b\\c:d", "a_b_c_d"),
        ("..", "_"),
        ("", "_"),
        (" . ", "_"),
        (".hidden", "_hidden"),
        ("NUL.txt", "_NUL.txt"),
        ("a\x1b[2J\u202eb", "a_[2J_b"),
        ("e\u0301o", "\u00e9o"),
        ("x" * 300, "x" * 120),
        ("血" * 120, "血" * 66),
    ],
)
def test_names_become_such_as_every_system_takes(name, safe):
    assert safe_name(name) == safe
    assert safe_name(safe) == safe


def test_folders_that_would_be_one_somewhere_get_a_number():
    found = folder_names(["a/b", "A_b", "a_b", "c"])
    assert found == {"a/b": "a_b", "A_b": "A_b-2", "a_b": "a_b-3", "c": "c"}


def test_a_name_is_taken_within_its_folder_alone():
    taken = Taken()
    assert [taken.free("a", "x", ".png"), taken.free("b", "x", ".png")] == ["x.png", "x.png"]
    assert [taken.free("A", "X", ".PNG"), taken.free("a", "x-2", ".png")] == [
        "X-2.PNG",
        "x-2-2.png",
    ]


def row(path, item=None, box=None):
    return {"path": path, "item": item, "box": box}


@pytest.mark.parametrize(
    ("given", "whole", "name"),
    [
        (row("a/b.JPG"), True, ("b", ".JPG")),
        (row("a/b.tif", 2), False, ("b-00002", ".png")),
        (row("a/b.jpg", None, [1, 2, 30, 40]), False, ("b-1-2-30-40", ".png")),
        (row("b.npz/train_images", 7), False, ("train_images-00007", ".png")),
        (row("a/b.dat"), False, ("b", ".png")),
        (row("a/.b.png"), True, ("_b", ".png")),
    ],
)
def test_files_keep_their_name_and_parts_tell_their_place(given, whole, name):
    assert is_whole_file(given) == whole
    assert file_name(given) == name
