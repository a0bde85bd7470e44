import ast
import json
import subprocess
import sys

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from buffycoat.errors import SettingError
from buffycoat.models.build import build_network
from buffycoat.models.published import pbc_cnn_1
from buffycoat.models.settings import ModelSettings
from buffycoat.registry import Choice
from buffycoat.search.export.code import move_state, network_code, space_code, write_network_code
from buffycoat.search.spaces.catalogue import open_space, spaces

# Runs where Buffycoat cannot be imported.
ALONE = """
import importlib.util, json, sys
sys.modules["buffycoat"] = None
import torch
from safetensors.torch import load_file
torch.set_num_threads(1)
found = {}
for name in json.loads(sys.argv[1]):
    spec = importlib.util.spec_from_file_location("network", f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    given = load_file(f"{name}.safetensors")
    images = given.pop("images")
    network = module.network(n_classes=5)
    network.load_state_dict(given)
    with torch.no_grad():
        found[name] = network.eval()(images).tolist()
print(json.dumps(found))
"""


def trained(network):
    """Weights and statistics as after a training, other than those that torch begins with."""
    torch.manual_seed(1)
    for tensor in network.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor + 0.1 * torch.rand_like(tensor))
    return network.eval()


def test_files_give_the_same_answers_where_buffycoat_cannot_be_imported(tmp_path):
    images, expected = torch.rand(2, 3, 32, 32), {}
    for name in spaces:
        space, _ = open_space(Choice(name), 5, (32, 32))
        architecture = space.draw(np.random.default_rng(4))
        code = space_code(space, architecture)
        write_network_code(code, tmp_path / f"{name}.py")
        network = trained(space.fixed(architecture))
        state = move_state(network.state_dict(), code)
        safetensors.torch.save_file({**state, "images": images}, tmp_path / f"{name}.safetensors")
        with torch.no_grad():
            expected[name] = network(images)
    command = [sys.executable, "-I", "-c", ALONE, json.dumps(list(expected))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name, answers in json.loads(done.stdout).items():
        torch.testing.assert_close(torch.tensor(answers), expected[name])


def imported(text):
    nodes = list(ast.walk(ast.parse(text)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


def test_it_is_one_class_that_imports_torch_alone(space, architecture):
    text = space_code(space, architecture, found={"strategy": "random", "seed": 3}).text
    tree = ast.parse(text)
    assert imported(text) == {"__future__", "torch"}
    assert sum(isinstance(node, ast.ClassDef) for node in tree.body) == 1
    said = ast.get_docstring(tree)
    assert 'of "two" kinds: 3x3' in said
    assert f"space: Own, digest {space.digest[:16]}" in said
    assert "strategy: random" in said


def test_layers_are_named_by_their_place_and_lines_read_as_written(space, architecture):
    text = space_code(space, architecture).text
    assert "self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)" in text
    assert "self.blocks_1 = nn.Conv2d(8, 8, 1)" in text
    assert "self.last = nn.Linear(8, n_classes)" in text
    lines = [line.strip() for line in text.partition("def forward")[2].splitlines()]
    assert "x = torch.relu(x)" in lines or "x1 = torch.relu(x)" in lines
    assert "x = nn.functional.avg_pool2d(x, 2)" in lines
    assert "x = x.mean((2, 3))" in lines
    assert "Choice" not in text


def test_what_is_computed_for_nothing_is_left_out(space, architecture):
    text = space_code(space, {**architecture, "join": [0]}).text
    assert "self.conv" not in text
    assert "blocks" not in text


def test_the_network_takes_any_number_of_classes(space, architecture, tmp_path):
    path = write_network_code(space_code(space, architecture), tmp_path / "found.py")
    settings = ModelSettings(model=Choice(f"{path}:network"), weights="none")
    network = build_network(settings, 7, image_px=(24, 24), seed=0)
    assert network(torch.rand(2, 3, 24, 24)).shape == (2, 7)
    assert network.head.out_features == 7


def test_a_network_for_one_image_size_refuses_others():
    code = network_code(
        lambda n, px: pbc_cnn_1(n_classes=n, image_px=px), n_classes=3, image_px=(64, 64)
    )
    space = {"__name__": "found"}
    exec(code.text, space)
    assert space["network"](n_classes=6, image_px=(64, 64))(torch.rand(1, 3, 64, 64)).shape == (
        1,
        6,
    )
    with pytest.raises(ValueError, match="images of 64 x 64 px only"):
        space["network"](n_classes=6, image_px=(96, 64))


def test_the_same_text_comes_again_and_no_draw_is_used_up(space, architecture):
    before = torch.get_rng_state()
    texts = {space_code(space, architecture).text for _ in range(2)}
    assert len(texts) == 1
    assert torch.equal(before, torch.get_rng_state())


class Odd(nn.Module):
    def __init__(self, n_classes, body):
        super().__init__()
        self.body = body
        self.last = nn.Linear(3, n_classes)

    def forward(self, images):
        return self.last(self.body(self, images).mean((2, 3)))


def code_of(body, prepare=lambda module: None):
    def build(n_classes, image_px):
        module = Odd(n_classes, body)
        prepare(module)
        return module

    return network_code(build, n_classes=4, image_px=(8, 8)).text


def test_a_width_that_does_not_follow_the_classes_in_a_line_fixes_their_number():
    class Halved(nn.Module):
        def __init__(self, n_classes):
            super().__init__()
            self.wide = nn.Linear(3, n_classes // 2)
            self.last = nn.Linear(n_classes // 2, n_classes)

        def forward(self, images):
            return self.last(self.wide(images.mean((2, 3))))

    text = network_code(lambda n, _: Halved(n), n_classes=4, image_px=(8, 8)).text
    assert "nn.Linear(3, 2)" in text
    space = {"__name__": "found"}
    exec(text, space)
    with pytest.raises(ValueError, match="has 4 outputs"):
        space["network"](n_classes=5)


def test_what_differs_in_training_follows_the_mode():
    text = code_of(lambda self, x: nn.functional.dropout(x, 0.5, self.training))
    assert "nn.functional.dropout(x" not in text  # the input is called images
    assert "nn.functional.dropout(images, training=self.training)" in text


def test_tensors_of_its_own_and_first_values_are_kept():
    def prepare(module):
        module.scale = nn.Parameter(torch.full((1, 3, 1, 1), 0.1))
        module.register_buffer("mean", torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1))
        nn.init.zeros_(module.last.weight)

    text = code_of(lambda self, x: (x - self.mean) * self.scale, prepare)
    assert "self.scale = nn.Parameter(torch.full((1, 3, 1, 1), 0.1" in text
    assert "torch.tensor([0.1, 0.2, 0.3]).reshape((3, 1, 1))" in text
    assert "nn.init.constant_(self.last.weight, 0.0)" in text


def random_weight(module):
    module.scale = nn.Parameter(torch.rand(3, 1, 1))


def numpy_like(x):
    return x * 2


@pytest.mark.parametrize(
    ("body", "prepare", "said"),
    [
        (lambda self, x: x if x.sum() > 0 else -x, None, "cannot be followed step by step"),
        (lambda self, x: x * self.scale, random_weight, "scale is a tensor of the space's own"),
        (lambda self, x: x * 2 if self.training else x, None, "another way in training"),
        (lambda self, x: torch._C._nn.silu(x), None, "no function of torch"),
    ],
)
def test_a_network_that_cannot_be_written_is_refused(body, prepare, said):
    with pytest.raises(SettingError, match=said):
        code_of(body, prepare or (lambda module: None))


def test_code_goes_into_a_python_file(space, architecture, tmp_path):
    with pytest.raises(SettingError, match=r"must end in \.py"):
        write_network_code(space_code(space, architecture), tmp_path / "found.txt")


def test_text_from_outside_stays_in_the_docstring():
    hostile = '"""\nimport os\nos.abort()\n"""\\'
    text = network_code(
        lambda n, _: Odd(n, lambda self, x: x),
        n_classes=2,
        image_px=(8, 8),
        said={hostile: hostile, "architecture": {hostile: [hostile]}},
    ).text
    assert imported(text) == {"__future__", "torch"}
    assert "os.abort()" in ast.get_docstring(ast.parse(text))
