from xml.etree import ElementTree

import pytest
import torch
from torch import nn

from buffycoat.search.export.boxes import Box, make_boxes
from buffycoat.search.export.drawing import draw_network, write_drawing
from buffycoat.search.export.folding import place_boxes
from buffycoat.search.export.layout import BOX_PX
from buffycoat.search.export.tracing import trace

SVG = "{http://www.w3.org/2000/svg}"


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, maps):
        return maps + torch.relu(self.norm(self.conv(maps)))


def deep(n_blocks):
    blocks = [Block(4) for _ in range(n_blocks)]
    stem = nn.Conv2d(3, 4, 5, stride=2)
    return nn.Sequential(stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))


def overlaps(one, other):
    is_beside = one.x + BOX_PX <= other.x or other.x + BOX_PX <= one.x
    return not is_beside and one.y < other.y + other.height and other.y < one.y + one.height


def test_a_box_says_layer_kernel_channels_shape_and_what_follows():
    boxes = make_boxes(trace(deep(1), (15, 15)))
    assert boxes == [
        Box("images", ("3 x 15 x 15",), kind="input"),
        Box("Conv2d 5 x 5, stride 2", ("3 → 4, gives 4 x 6 x 6",), "0", "conv", (0,)),
        Box(
            "Conv2d 3 x 3, depthwise",
            ("4 → 4, gives 4 x 6 x 6", "BatchNorm2d, relu"),
            "1.conv",
            "conv",
            (1,),
        ),
        Box("sum", ("4 x 6 x 6",), "", "join", (1, 2)),
        Box("AdaptiveAvgPool2d", ("4 x 1 x 1", "Flatten"), "2", "pool", (3,)),
        Box("Linear", ("4 → 2",), "4", "dense", (4,)),
    ]


@pytest.mark.parametrize("n_blocks", [0, 1, 30])
def test_boxes_stand_apart_and_inside_the_picture(n_blocks):
    boxes = make_boxes(trace(deep(n_blocks), (15, 15)))
    layout = place_boxes(boxes)
    placed = layout.boxes
    assert len(placed) == len(boxes)
    assert not [1 for n, a in enumerate(placed) for b in placed[:n] if overlaps(a, b)]
    corners = [corner for line in layout.lines for corner in line]
    corners += [(p.x + BOX_PX, p.y + p.height) for p in placed]
    assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in corners)


@pytest.mark.parametrize("n_blocks", [3, 30])
def test_there_is_a_line_for_each_source_from_its_box_to_the_next(n_blocks):
    boxes = make_boxes(trace(deep(n_blocks), (15, 15)))
    layout = place_boxes(boxes)
    lines = [x for x, kind in zip(layout.lines, layout.kinds, strict=True) if kind != "link"]
    links = [x for x, kind in zip(layout.lines, layout.kinds, strict=True) if kind == "link"]
    for n, box in enumerate(boxes):
        place = layout.boxes[n]
        arriving = [line for line in lines if is_on(line[-1], place, place.y)]
        assert len(arriving) == len(box.sources)
        for source in box.sources:
            foot = layout.boxes[source].y + layout.boxes[source].height
            from_it = [line for line in arriving if is_on(line[0], layout.boxes[source], foot)]
            # At the head of a column, lines go on from the end of the link out of the source.
            out = [link for link in links if is_on(link[0], layout.boxes[source], foot)]
            linked = [line for line in arriving for link in out if line[0][1] == link[-1][1]]
            assert from_it or linked
    assert len(lines) == sum(len(box.sources) for box in boxes)
    assert layout.kinds.count("step") == n_blocks


def is_on(point, place, y):
    return place.x <= point[0] <= place.x + BOX_PX and point[1] == y


def test_a_long_network_is_folded_into_columns():
    layout = place_boxes(make_boxes(trace(deep(30), (15, 15))))
    assert layout.height < 2000
    assert len({place.x for place in layout.boxes}) > 3


def test_overlapping_skips_have_lanes_of_their_own():
    boxes = [
        Box("a"),
        Box("b", sources=(0,)),
        Box("c", sources=(1,)),
        Box("d", sources=(0, 1, 2)),
    ]
    layout = place_boxes(boxes)
    steps = [x for x, kind in zip(layout.lines, layout.kinds, strict=True) if kind == "step"]
    assert len({max(x for x, _ in line) for line in steps}) == len(steps) == 2


def test_the_picture_is_xml_with_every_text_escaped(space, architecture, tmp_path):
    network = space.fixed(architecture)
    hostile = nn.Sequential()
    hostile.add_module('<script>"&\x07', nn.Conv2d(3, 3, 1))
    hostile.add_module("net", network)
    text = draw_network(hostile, (16, 16), "<b>&")
    root = ElementTree.fromstring(text)
    said = [element.text for element in root.iter(f"{SVG}text")]
    assert '<script>"&?' in said
    assert root.find(f"{SVG}title").text == "<b>&"
    assert "<script" not in text
    assert "mean" in " ".join(said)
    path = write_drawing(network, (16, 16), tmp_path / "network.svg")
    assert path.read_text() == draw_network(network, (16, 16))


def test_drawing_leaves_the_network_as_it_is():
    network = deep(1).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    draw_network(network, (15, 15))
    assert network.training
    assert all(torch.equal(before[n], t) for n, t in network.state_dict().items())
