import stat
import zipfile

import pytest

from buffycoat.errors import BundleError, FetchError
from buffycoat.prediction.bundle.unpacked import read_class_ids, read_facts, unpacked_bundle


def opened(path):
    with unpacked_bundle(path) as folder:
        return read_class_ids(folder), read_facts(folder)


def test_the_folder_is_gone_afterwards(pack):
    with unpacked_bundle(pack(**{"classes.json": '{"a": 3}'})) as folder:
        assert read_class_ids(folder) == {"a": 3}
        assert read_facts(folder) == {}, "a submission written by hand has no bundle.json"
    assert not folder.parent.exists()


def test_a_zip_without_its_model_is_refused(tmp_path):
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights.bin", "x")
    with pytest.raises(BundleError, match=r"has no model.py: a submission needs one"):
        opened(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("mine/model.py", "x")
    with pytest.raises(BundleError, match="lies in the folder 'mine': zip the files themselves"):
        opened(path)


def test_what_is_no_zip_is_refused(tmp_path):
    with pytest.raises(BundleError, match="there is no file"):
        opened(tmp_path / "none.zip")
    (tmp_path / "b.zip").write_text("hello")
    with pytest.raises(BundleError, match="is no zip"):
        opened(tmp_path / "b.zip")


@pytest.mark.parametrize("name", ["../outside.py", "/outside.py"])
def test_nothing_leaves_the_folder(pack, name):
    with pytest.raises(FetchError, match="is not unpacked"):
        opened(pack(**{name: "x"}))


def test_links_are_refused(tmp_path):
    link = zipfile.ZipInfo("model.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(FetchError, match="link"):
        opened(tmp_path / "b.zip")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ("[1]", "names with values"),
        ('{"a": 0.5}', "a whole number for each"),
        ('{"a": 99999999999999999999}', "a whole number for each"),
    ],
)
def test_a_damaged_list_of_classes_is_a_sentence(pack, text, said):
    with pytest.raises(BundleError, match=said):
        opened(pack(**{"classes.json": text}))
