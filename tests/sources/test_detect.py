"""The whole way in: the right reader, patterns, metadata, names, and one table."""

from __future__ import annotations

import numpy as np
import pytest

from buffycoat.errors import BuffycoatWarning, InputError, SettingError
from buffycoat.sources.detect import (
    SourceSettings,
    import_sources,
    read_source,
    read_unlabelled,
)
from buffycoat.tables.samples import write_samples


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.fixture
def folder(tmp_path):
    names = [
        f"{label}/{prefix}_{n}.png"
        for label, prefix in (("neutrophil", "SNE"), ("neutrophil", "BNE"), ("mono", "MO"))
        for n in (1, 2)
    ]
    return touch(tmp_path / "cells", *names, "neutrophil/NEUTROPHIL_9.png")


@pytest.fixture
def npz(tmp_path):
    pixels = np.zeros((4, 9, 9, 3), np.uint8)
    np.savez(tmp_path / "cells.npz", images=pixels, labels=[0, 1, 1, 0])
    return tmp_path / "cells.npz"


@pytest.fixture
def csv(folder):
    path = folder / "list.csv"
    path.write_text("path,label\nmono/MO_1.png,MO\nmono/MO_2.png,MO\nneutrophil/SNE_1.png,seg\n")
    return path


def test_every_kind_is_recognised(folder, npz, csv, tmp_path):
    assert read_source(folder).classes == ("mono", "neutrophil")
    assert read_source(npz).classes == ("0", "1")
    assert read_source(csv).classes == ("MO", "seg")
    saved = write_samples(read_source(csv), tmp_path / "t.parquet")
    assert read_source(saved).frame.equals(read_source(csv).frame)


def test_standard_names_and_finer_labels(folder):
    assert import_sources([folder]).classes == ("monocyte", "neutrophil")
    fine = import_sources([folder], SourceSettings(label_from=r"([A-Z]+)_\d"))
    assert fine.classes == ("band neutrophil", "monocyte", "segmented neutrophil")
    assert len(fine.usable) == 6
    given = import_sources([folder], SourceSettings(names="given", rename=("mono=M",)))
    assert given.classes == ("M", "neutrophil")


def test_origins_from_patterns_and_metadata(folder, tmp_path):
    (tmp_path / "m.csv").write_text("stem,patient\nMO_1,p\nSNE_1,p\n")
    settings = SourceSettings(group_from=r"_(\d)", metadata=tmp_path / "m.csv", on="stem")
    table = import_sources([folder], settings)
    assert table.group_columns == ("patient", "group_given")
    assert table.frame["patient"].drop_nulls().to_list() == ["p", "p"]


def test_labels_from_names_need_no_class_folders(tmp_path):
    flat = touch(tmp_path / "flat", *(f"{label}_{n}.png" for label in ("EO", "BA") for n in "12"))
    with pytest.raises(InputError, match="--label-from"):
        import_sources([flat])
    table = import_sources([flat], SourceSettings(label_from="(EO|BA)"))
    assert table.classes == ("basophil", "eosinophil")
    (tmp_path / "m.csv").write_text("name,label\nEO_1.png,x\nBA_1.png,y\nBA_2.png,\n")
    table = import_sources([flat], SourceSettings(metadata=tmp_path / "m.csv"))
    assert table.classes == ("x", "y")
    assert table.frame["excluded_because"].count() == 2


def test_sources_of_one_class_are_merged_and_a_pattern_need_fit_one(folder, tmp_path, npz):
    one = touch(tmp_path / "more", "platelet/a.png", "platelet/b.png")
    with pytest.raises(InputError, match="one class only, 'platelet'"):
        import_sources([one])
    settings = SourceSettings(slide_from=r"_(\d)", class_names=("IG", "MO"))
    table = import_sources([folder, one, npz], settings)
    assert set(table.classes) == {"monocyte", "neutrophil", "platelet", "immature granulocyte"}
    assert table.frame["slide"].drop_nulls().unique().sort().to_list() == [
        "cells:1",
        "cells:2",
        "cells:9",
    ]
    assert any("matches no path" in note for note in table.notes)
    with pytest.raises(InputError, match="matches no path"):
        import_sources([folder, one], SourceSettings(slide_from="(zzz)"))


def test_a_class_with_one_image_is_told(tmp_path):
    root = touch(tmp_path / "cells", "a/1.png", "b/1.png", "b/2.png")
    with pytest.warns(BuffycoatWarning, match="class 'a' has one image"):
        table = import_sources([root])
    assert "class 'a' has one image" in table.notes[-1]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (SourceSettings(class_names=("a",)), r"class_names is for an \.npz"),
        (SourceSettings(keep=("WBC",)), "keep is for a Pascal VOC folder"),
        (SourceSettings(margin=0.3), "margin is for a Pascal VOC folder"),
        (SourceSettings(on="path"), "no metadata is given"),
        (SourceSettings(rename=("a",)), "'a' is not written OLD=NEW"),
        (SourceSettings(label_from="("), "no regular expression"),
    ],
)
def test_settings_that_fit_no_source_are_refused(folder, settings, said):
    with pytest.raises(SettingError, match=said):
        import_sources([folder], settings)


def test_what_is_no_source_is_refused(tmp_path):
    touch(tmp_path, "a.zip")
    with pytest.raises(InputError, match=r"a.zip is no source of labelled images"):
        import_sources([tmp_path / "a.zip"])
    with pytest.raises(InputError, match="none does not exist"):
        import_sources([tmp_path / "none"])


def test_images_to_predict_of_every_kind(folder, npz, csv, tmp_path):
    saved = write_samples(read_source(csv), tmp_path / "t.parquet")
    assert len(read_unlabelled([str(folder)]).frame) == 7
    assert len(read_unlabelled([npz]).frame) == 4
    assert len(read_unlabelled([csv]).frame) == 3
    assert read_unlabelled([str(saved)]).frame["label"].count() == 3
    both = read_unlabelled([npz, f"{folder}/mono/*.png"])
    assert both.frame["source"].to_list() == ["mono"] * 2 + ["cells"] * 4


def test_whole_fields_are_not_predicted(tmp_path):
    touch(tmp_path, "set/images/1.jpg", "set/annotations/1.xml")
    for path in (tmp_path / "set", tmp_path / "set" / "images"):
        with pytest.raises(InputError, match=r"whole fields with many cells: import .*set first"):
            read_unlabelled([path])
