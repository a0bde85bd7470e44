"""Values of `--vary`, read by hand, and their combinations."""

import itertools
import re
from pathlib import Path

import pytest

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.models.build import build_network
from buffycoat.models.freezing import apply_freezing
from buffycoat.models.settings import ModelSettings
from buffycoat.registry import Choice
from buffycoat.training.combination import combine
from buffycoat.training.settings import TrainSettings
from buffycoat.training.variation import parse_variation, parse_variations

READ = {
    "model=small_cnn,resnet18": ("network.model", (Choice("small_cnn"), Choice("resnet18"))),
    "seed= 0, 1,2": ("seed", (0, 1, 2)),
    "learning_rate=1e-3,2": ("learning.learning_rate", (0.001, 2.0)),
    "learning.learning_rate=.5": ("learning.learning_rate", (0.5,)),
    "learning-rate=1": ("learning.learning_rate", (1.0,)),
    "compile=true,False": ("hardware.compile", (True, False)),
    "image_px=[32, 32],[64,48]": ("images.image_px", ((32, 32), (64, 48))),
    "freeze_blocks=[],['stem', 'a,b']": ("freezing.freeze_blocks", ((), ("stem", "a,b"))),
    "freeze_blocks=[all],[stem, blocks.0],['a,b']": (
        "freezing.freeze_blocks",
        (("all",), ("stem", "blocks.0"), ("a,b",)),
    ),
    "fit=pad,squash": ("images.fit", ("pad", "squash")),
    "weights='a,b.safetensors',none": ("network.weights", ("a,b.safetensors", "none")),
    'optimizer=sgd,{name = "adamw", weight_decay = 0.1}': (
        "learning.optimizer",
        (Choice("sgd"), Choice("adamw", {"weight_decay": 0.1})),
    ),
    'head={name = "dense", widths = [64, 32]}': (
        "network.head",
        (Choice("dense", {"widths": [64, 32]}),),
    ),
    "augmentation.brightness=0,0.1": ("augmentation.brightness", (0, 0.1)),
    "optimizer.weight_decay=0.1": ("learning.optimizer.weight_decay", (0.1,)),
    "model.name_of_it=plain": ("network.model.name_of_it", ("plain",)),
}


@pytest.mark.parametrize("text", READ)
def test_a_text_is_read_as_the_setting_takes_it(text):
    variation = parse_variation(text)
    assert (variation.name, variation.values) == READ[text]
    assert [type(v) for v in variation.values] == [type(v) for v in READ[text][1]]


REFUSED = {
    "sed=0": "'sed'; did you mean: seed",
    "brightness=0.1": "no setting to vary named 'brightness'",
    "views.x=0.1": "no setting to vary named 'views.x'",
    "images=1": "no setting to vary named 'images'",
    "seed": "write NAME=V1,V2",
    "=1": "write NAME=V1,V2",
    "seed=0,,1": "empty value",
    "seed=0,1,00": "0 is given twice",
    "learning_rate=1e-3,0.001": "0.001 is given twice",
    "augmentation.brightness=1,1.0": "1.0 is given twice",
    'optimizer={name = "sgd", momentum = 0},{name = "sgd", momentum = 0.0}': "given twice",
    "epochs=1.5": "learning.epochs: '1.5' is not a whole number",
    "learning_rate=fast": "learning.learning_rate: 'fast' is not a number",
    "compile=1": "hardware.compile: '1' is not true or false",
    "image_px=32": "images.image_px: '32' is not a list such as [32, 32]",
    "image_px=[a,b]": "images.image_px: '[a,b]' is not a list such as [32, 32]",
    "freeze_blocks=all": "freezing.freeze_blocks: 'all' is not a list such as [one, another]",
    "freeze_blocks=[stem,,all]": "freezing.freeze_blocks: '[stem,,all]' is not a list",
    "optimizer={name": "not a TOML table",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(SettingError) as error:
        parse_variation(text)
    assert REFUSED[text] in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fit=pad,stretch", "fit is 'stretch'; it must be one of crop, pad, squash"),
        ("seed=-1", "seed is -1"),
        ("learning_rate=nan", "learning_rate is nan: it must be above 0"),
        ("image_px=[4, 4]", "image_px is (4, 4)"),
    ],
)
def test_a_value_that_the_setting_cannot_have_is_refused(text, said):
    with pytest.raises(SettingError) as error:
        combine(TrainSettings(), [parse_variation(text)])
    assert said in str(error.value)


def test_unknown_names_show_the_near_ones():
    with pytest.raises(UnknownNameError, match="learning_rate"):
        parse_variation("learnig_rate=1")


def test_nothing_or_the_same_setting_twice_is_refused():
    with pytest.raises(SettingError, match="nothing is varied"):
        parse_variations([])
    with pytest.raises(SettingError, match=r"learning\.epochs is varied twice"):
        parse_variations(["epochs=1", "learning.epochs=2"])


def test_all_combinations_come_with_the_last_changing_first():
    base = TrainSettings(seed=7)
    found = combine(base, parse_variations(["model=a,b", "seed=0,1,2"]))
    pairs = [(c.settings.network.model.name, c.settings.seed) for c in found]
    assert pairs == list(itertools.product("ab", (0, 1, 2)))
    assert all(c.settings.learning == base.learning for c in found)
    assert list(found[0].values) == ["network.model", "seed"]


def test_an_argument_goes_into_the_choice_whichever_is_named_first():
    found = combine(
        TrainSettings(),
        parse_variations(["augmentation.brightness=0,0.1", "augmentation=light,microscopy"]),
    )
    assert [c.settings.augmentation for c in found] == [
        Choice(name, {"brightness": b}) for b in (0, 0.1) for name in ("light", "microscopy")
    ]


def test_an_argument_leaves_the_others_of_the_base():
    base = TrainSettings(augmentation=Choice("light", {"contrast": 0.3}))
    (found,) = combine(base, [parse_variation("augmentation.brightness=0.2")])
    assert found.settings.augmentation.arguments == {"contrast": 0.3, "brightness": 0.2}


def test_a_truth_is_not_the_number_1():
    assert parse_variation("augmentation.flip=1,true").values == (1, True)


def test_the_steps_of_the_guide_set_more_and_more_free():
    """The command in docs/how-to/sweep.md, on the network that it is written for."""
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "sweep.md").read_text("utf-8")
    (text,) = re.findall(r"--vary '(freeze_blocks=\[all\],\[stem,[^']+\[\])'", guide)
    steps = combine(TrainSettings(), (parse_variation(text),))
    network = build_network(ModelSettings(weights="none"), 8, image_px=(32, 32), seed=0)
    n_free = []
    for step in steps:
        apply_freezing(network, step.settings.freezing)
        n_free.append(sum(p.requires_grad for p in network.parameters()))
    assert n_free == sorted(set(n_free))
    assert n_free[0] == 2, "the head alone"
    assert n_free[-1] == len(list(network.parameters()))
