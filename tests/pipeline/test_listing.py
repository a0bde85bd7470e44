import pytest

from buffycoat.errors import SettingError
from buffycoat.models.settings import FreezingSettings
from buffycoat.pipeline.console import console
from buffycoat.pipeline.listing import list_models


@pytest.fixture
def said(monkeypatch):
    """What a terminal of 80 columns shows."""
    monkeypatch.setattr(console, "_width", 80)

    def said(*given, **named):
        with console.capture() as captured:
            frame = list_models(*given, **named)
        return frame, captured.get().splitlines()

    return said


def test_layers_fit_into_80_columns_with_whole_names(said):
    frozen = FreezingSettings(freeze_blocks=("stem",))
    given = {"layers": True, "image_px": (32, 32), "freezing": frozen}
    frame, lines = said("mobilenetv2_100", **given)
    assert max(map(len, lines)) <= 80
    words = [line.split() for line in lines]
    for row in frame.iter_rows(named=True):
        learns = "yes" if row["learns"] else "no"
        cost = f"{row['multiply_adds'] / 1e6:,.2f}"
        n, parameters = str(row["number"]), f"{row['parameters']:,}"
        assert [n, row["name"], row["type"], parameters, cost, learns] in words
    assert [[block] in words for block in frame["block"].unique()] == [True] * 10
    assert not frame["name"].str.starts_with("backbone").any()
    assert frame.filter(~frame["learns"])["block"].unique().to_list() == ["stem"]
    assert lines[-1].endswith("multiply-adds")


def test_layers_of_no_network_are_not_passed_over():
    with pytest.raises(SettingError, match="--layers is of one network"):
        list_models(layers=True)
