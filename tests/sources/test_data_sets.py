"""Made-up folders and archives in the layout of each public data set."""

import re

import numpy as np
import pytest
from PIL import Image

from buffycoat.cli import main
from buffycoat.errors import BuffycoatWarning, FetchError, InputError, SettingError
from buffycoat.sources.catalogue import known_records, own_names, read_data_set
from buffycoat.sources.folder import read_folder
from buffycoat.sources.record import RemoteFile, SourceRecord, source, sources
from buffycoat.sources.remote.kaggle import kaggle_login
from buffycoat.tables.samples import read_samples

published = pytest.mark.filterwarnings("ignore:.*taken as published")

VOC = """<annotation><filename>{name}.jpg</filename>
<size><width>64</width><height>48</height></size>{boxes}</annotation>"""
BOX = """<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>5</ymin><xmax>{}</xmax>
<ymax>25</ymax></bndbox></object>"""


def draw(folder, *names, size=(16, 16)):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        seed = sum(str(path).encode())
        pixels = np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return folder


def labels_of(table):
    return dict(table.frame.select("path", "label").iter_rows())


def test_pbc_is_found_in_its_archive_and_the_stray_file_is_left_out(tmp_path):
    home = tmp_path / "unpacked" / "PBC_dataset_normal_DIB"
    draw(home, "ig/MMY_1.jpg", "ig/PMY_2.jpg", "neutrophil/SNE_3.jpg", "platelet/PLATELET_4.jpg")
    (home / "neutrophil" / ".DS_169665.jpg").write_bytes(b"no image")
    draw(tmp_path / "unpacked" / "__MACOSX", "ig/MMY_1.jpg", "neutrophil/SNE_3.jpg")
    table = read_data_set("pbc", tmp_path / "unpacked")
    assert labels_of(table) == {
        "ig/MMY_1.jpg": "ig",
        "ig/PMY_2.jpg": "ig",
        "neutrophil/SNE_3.jpg": "neutrophil",
        "platelet/PLATELET_4.jpg": "platelet",
    }
    assert set(table.frame["source"]) == {"pbc"}
    assert any("'.DS_169665.jpg'" in note for note in table.notes)
    assert any("one of them with two labels" in note for note in table.notes)
    assert any("Acevedo" in note and "CC BY 4.0" in note for note in table.notes)


def test_pbc_s_prefixes_give_fine_classes(tmp_path, capsys):
    names = ["ig/MMY_1.jpg", "ig/PMY_2.jpg", "ig/IG_5.jpg", "neutrophil/SNE_3.jpg"]
    draw(tmp_path / "pbc", *names)
    out = str(tmp_path / "fine.parquet")
    fine = ["--source", "pbc", "--label-from", r"([A-Z]+)_\d+", "--out", out]
    assert main(["import", str(tmp_path / "pbc"), *fine]) == 0
    table = read_samples(tmp_path / "fine.parquet")
    assert set(table.classes) == {"metamyelocyte", "promyelocyte", "segmented neutrophil"}
    reasons = dict(table.frame.select("path", "excluded_because").iter_rows())
    assert reasons["ig/IG_5.jpg"].startswith("unspecified immature granulocyte")


@published
@pytest.mark.parametrize("name", ["bloodmnist", "bloodmnist_64", "bloodmnist_128"])
def test_bloodmnist_has_names_numbers_and_its_own_parts(tmp_path, name):
    arrays = {}
    for part, labels in {"train": range(8), "val": [6, 3], "test": [7]}.items():
        labels = np.array(list(labels), np.uint8)[:, None]
        arrays |= {f"{part}_images": np.zeros((len(labels), 8, 8, 3), np.uint8)}
        arrays |= {f"{part}_labels": labels}
    np.savez(tmp_path / f"{name}.npz", **arrays)
    table = read_data_set(name, tmp_path)
    assert table.class_ids["basophil"] == 0
    assert table.class_ids["ig"] == 3
    assert table.class_ids["platelet"] == 7
    assert table.frame["split"].value_counts().sort("split").rows() == [
        ("test", 1),
        ("train", 8),
        ("validation", 2),
    ]
    assert table.frame.filter(table.frame["split"] == "validation")["label"].to_list() == [
        "neutrophil",
        "ig",
    ]
    renamed = tmp_path / "mine.npz"
    (tmp_path / f"{name}.npz").rename(renamed)
    assert len(read_data_set(name, renamed).frame) == 11
    with pytest.raises(InputError, match=f"holds no {name}.npz"):
        read_data_set(name, tmp_path)


@pytest.fixture
def bccd(tmp_path):
    home = tmp_path / "BCCD_Dataset-1.0" / "BCCD"
    draw(home, *(f"JPEGImages/BloodImage_0000{n}.jpg" for n in (1, 2)), size=(64, 48))
    (home / "Annotations").mkdir()
    for n in (1, 2):
        boxes = BOX.format("WBC", 10, 30) + BOX.format("Platelets", 40, 50)
        text = VOC.format(name=f"BloodImage_0000{n}", boxes=boxes)
        (home / "Annotations" / f"BloodImage_0000{n}.xml").write_text(text)
    return home


def test_bccd_without_types_has_boxes_and_says_where_the_types_are(bccd, tmp_path):
    with pytest.warns(
        BuffycoatWarning, match=r"no labels.csv.*import data/bccd_kaggle --source bccd"
    ):
        table = read_data_set("bccd", tmp_path)
    assert sorted(table.frame["label"]) == ["Platelets", "Platelets", "WBC", "WBC"]
    assert set(table.frame["field"]) == {"BloodImage_00001", "BloodImage_00002"}


def test_bccd_with_types_has_cells(bccd, tmp_path):
    (bccd / "labels.csv").write_text(",Image,Category\n0,1,NEUTROPHIL\n1,2,EOSINOPHIL\n")
    table = read_data_set("bccd", tmp_path)
    assert sorted(table.usable["label"]) == ["EOSINOPHIL", "NEUTROPHIL"]
    assert set(table.group_columns) == {"field"}


@published
def test_bccd_kaggle_is_read_and_what_lies_beside_is_not(tmp_path):
    home = tmp_path / "dataset2-master" / "dataset2-master" / "images"
    for part in ("TRAIN", "TEST", "TEST_SIMPLE"):
        draw(home / part, "EOSINOPHIL/_0_1.jpeg", "MONOCYTE/_0_2.jpeg")
    draw(tmp_path / "dataset-master" / "dataset-master", "JPEGImages/BloodImage_00001.jpg")
    table = read_data_set("bccd_kaggle", tmp_path)
    assert table.frame["split"].to_list() == ["test", "test", "train", "train"]
    assert any("augmented copy of one of 348 photographs" in note for note in table.notes)
    assert any("TEST_SIMPLE" in note and "not read" in note for note in table.notes)


@pytest.mark.parametrize("inner", ["", "TestA/"])
def test_raabin_keeps_its_microscopes_apart(tmp_path, inner):
    names = ["Basophil/1.jpg", "Eosinophil/2.jpg", "Lymphocyte/3.jpg", "Monocyte/4.jpg"]
    draw(tmp_path / "Train", *names, "Neutrophil/5.jpg")
    draw(tmp_path / "TestA", f"{inner}Basophil/1.jpg", f"{inner}Neutrophil/4.jpg")
    draw(tmp_path / "Test-B", "Lymphocyte/5.jpg", "Neutrophil/6.jpg")
    table = read_data_set("raabin", tmp_path)
    rows = table.frame.select("path", "part", "split").sort("path").rows()
    assert rows[:4] == [
        ("Test-B/Lymphocyte/5.jpg", "Test-B", "test"),
        ("Test-B/Neutrophil/6.jpg", "Test-B", "test"),
        (f"TestA/{inner}Basophil/1.jpg", "Test-A", "test"),
        (f"TestA/{inner}Neutrophil/4.jpg", "Test-A", "test"),
    ]
    assert rows[4:] == [
        (f"Train/{name}", "Train", "train") for name in [*names, "Neutrophil/5.jpg"]
    ]
    assert set(table.frame["source"]) == {"raabin"}
    (tmp_path / "Train" / "Basophil").rename(tmp_path / "Basophil")
    with pytest.raises(InputError, match="holds no folder Train with"):
        read_data_set("raabin", tmp_path)


@pytest.mark.parametrize("name", [record.name for record in known_records()])
def test_another_folder_is_no_data_set(tmp_path, name):
    draw(tmp_path / "cells", "red/1.jpg", "green/2.jpg")
    with pytest.raises(InputError, match="holds no"):
        read_data_set(name, tmp_path / "cells")
    with pytest.raises(InputError, match=f"does not exist: `buffycoat fetch {name}`"):
        read_data_set(name, tmp_path / "nothing")


def test_a_data_set_takes_no_settings_that_it_would_not_heed(bccd, tmp_path, capsys):
    assert main(["import", str(tmp_path), "--source", "bccd", "--margin", "0.4"]) == 2
    assert "margin is for a Pascal VOC folder of your own, not for bccd" in capsys.readouterr().err
    assert main(["import", str(tmp_path), "--source", "bcdd"]) == 2
    assert re.search("no data set named 'bcdd'; did you mean: .*bccd", capsys.readouterr().err)


def test_own_names_are_those_that_nobody_else_knows():
    labels = ["NEUTROPHIL", "Platelets", "WBC"]
    assert own_names("bccd", labels, {}) == {}, "the standard names are known without it"


def test_kaggle_s_token_is_found_where_its_tools_keep_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(FetchError, match=r"https://www.kaggle.com/settings .* --from FILE"):
        kaggle_login()
    (tmp_path / ".kaggle").mkdir()
    token = tmp_path / ".kaggle" / "kaggle.json"
    token.write_text('{"username": "ada"}')
    with pytest.raises(FetchError, match=r"kaggle.json holds no username and key"):
        kaggle_login()
    token.write_text('{"username": "ada", "key": "k1"}')
    assert kaggle_login() == ("ada", "k1")
    monkeypatch.setenv("KAGGLE_USERNAME", "eve")
    monkeypatch.setenv("KAGGLE_KEY", "k2")
    assert kaggle_login() == ("eve", "k2")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../x.zip"},
        {"name": ".x.zip"},
        {"name": "x"},
        {"name": "x.zip", "url": "file:///etc/passwd"},
        {"name": "x.zip", "sha256": "abc"},
        {"name": "x.zip", "md5": "Z" * 32},
    ],
)
def test_a_record_that_cannot_be_true_is_refused(wrong):
    with pytest.raises(SettingError):
        RemoteFile(**wrong)


def test_a_user_s_own_data_set_is_read_under_its_record_s_names(tmp_path, capsys):
    record = SourceRecord(
        name="ours",
        title="Our cells",
        files=(RemoteFile("ours.zip"),),
        licence="CC0",
        citation="Us (2024)",
        homepage="https://example.org",
        classes={"Segs": "segmented neutrophil", "type 7": "monocyte"},
        how_to_get="ask us",
    )

    def ours(root):
        return read_folder(root)

    source(record)(ours)
    try:
        draw(tmp_path / "cells", "segs/1.png", "Type 7/2.png", "blast/3.png")
        told = ["import", str(tmp_path / "cells"), "--source", "ours", "--out"]
        assert main([*told, str(tmp_path / "a.parquet")]) == 0
        wanted = {"segmented neutrophil", "monocyte", "blast"}
        assert set(read_samples(tmp_path / "a.parquet").classes) == wanted
        given = ["--rename", "type 7=giant"]
        assert main([*told, str(tmp_path / "b.parquet"), *given]) == 0
        assert "giant" in read_samples(tmp_path / "b.parquet").classes
        assert main([*told, str(tmp_path / "c.parquet"), "--names", "given"]) == 0
        assert set(read_samples(tmp_path / "c.parquet").classes) == {"segs", "Type 7", "blast"}
    finally:
        sources.remove("ours")
