"""What every public data set keeps to: its record, its reader, and what the user is told."""

import re
from urllib.parse import urlsplit

import pytest

from buffycoat.cli import main
from buffycoat.errors import SettingError
from buffycoat.sources.catalogue import BUILT_IN, known_records, own_names
from buffycoat.sources.names import STANDARD_NAMES
from buffycoat.sources.record import record_of, source, sources

RECORDS = known_records()
PUBLISHED_MD5 = {
    "bloodmnist": "7053d0359d879ad8a5505303e11de1dc",
    "bloodmnist_64": "2b94928a2ae4916078ca51e05b6b800b",
    "bloodmnist_128": "adace1e0ed228fccda1f39692059dd4c",
    "bloodmnist_224": "b718ff6835fcbdb22ba9eacccd7b2601",
}


@pytest.fixture(params=RECORDS, ids=lambda record: record.name)
def record(request):
    return request.param


def test_all_data_sets_are_there():
    wanted = {"bccd", "bccd_kaggle", "pbc", "raabin", *PUBLISHED_MD5}
    assert {record.name for record in RECORDS} >= wanted
    assert {sources.get(name).__module__ for name in wanted} == {m.__name__ for m in BUILT_IN}


def test_a_record_says_what_must_be_known(record):
    assert record == record_of(record.name)
    for said in (record.title, record.licence, record.citation, record.how_to_get):
        assert said.strip() == said != ""
    for address in (record.homepage, *(file.url for file in record.files if file.url)):
        assert urlsplit(address).scheme == "https"
        assert urlsplit(address).hostname
    assert len({file.name for file in record.files}) == len(record.files) > 0
    assert record.um_per_px is None or 0.01 < record.um_per_px < 10
    assert record.name in sources


def test_its_classes_have_standard_names(record):
    assert set(record.classes.values()) <= set(STANDARD_NAMES)
    assert own_names(record.name, record.classes, {}) == {}, "names.py knows what they mean"


def test_hashes_are_the_published_ones(record):
    assert [file.md5 for file in record.files] == [PUBLISHED_MD5.get(record.name)]
    assert [file.sha256 for file in record.files] == [None]


def test_the_list_and_the_refusal_name_it(record, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KAGGLE_USERNAME", raising=False)
    assert main(["fetch"]) == 0
    assert re.search(rf"\b{record.name} ", capsys.readouterr().out)
    if record.files[0].url is None:
        assert main(["fetch", record.name]) == 2
        said = capsys.readouterr().err
        assert record.homepage in said
        assert f"buffycoat fetch {record.name} --from FILE" in said
        assert not list(tmp_path.iterdir()), "nothing is made for what cannot be had"


def test_a_reader_is_called_as_its_record_is():
    with pytest.raises(SettingError, match="'pbc' stands above a function 'other'"):
        source(record_of("pbc"))(other)
    with pytest.raises(SettingError, match="named 'pbc'"):
        source(record_of("pbc"))(sources.get("pbc"))


def other(root):
    return root
