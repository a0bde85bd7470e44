"""The rival: what a good short script does, on the rows of a split table.

    python -m benchmarks.plain_script split.parquet weights.safetensors out.csv [seed] [epochs] [px]

MobileNetV2 from the same weights in float32, torchvision's transforms, AdamW with a one-cycle
rate, the last epoch's weights. It writes the test rows' answers for `buffycoat compare`.
"""

from __future__ import annotations

import sys
import time

import polars as pl
import timm
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms as t

from buffycoat.tables.samples import read_samples

table_path, weights, out, *rest = sys.argv[1:]
seed, epochs, px = (int(x) for x in (*rest, *("0", "6", "96")[len(rest) :]))
torch.manual_seed(seed)
table = read_samples(table_path)
normalise = [t.ToTensor(), t.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
train_steps = [t.Resize((px, px)), t.RandomHorizontalFlip(), t.RandomVerticalFlip(), *normalise]


class Cells(Dataset):
    """The rows of one split."""

    def __init__(self, split: str, steps: list) -> None:
        self.frame = table.usable.filter(pl.col("split") == split)
        self.paths, self.labels = list(self.frame["path"]), list(self.frame["label"])
        self.steps = t.Compose(steps)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        image = Image.open(table.root / self.paths[i]).convert("RGB")
        return self.steps(image), table.classes.index(self.labels[i])


train = DataLoader(Cells("train", train_steps), 64, shuffle=True, num_workers=2, drop_last=True)
model = timm.create_model("mobilenetv2_100", num_classes=0)
model.load_state_dict(load_file(weights), strict=False)
model = torch.nn.Sequential(model, torch.nn.Linear(1280, len(table.classes)))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=epochs * len(train))
began = time.monotonic()
for epoch in range(epochs):
    model.train()
    for images, labels in train:
        torch.nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        optimizer.zero_grad()
        rate.step()
    print(f"epoch {epoch + 1}: {time.monotonic() - began:.0f} s", flush=True)

model.eval()
test = Cells("test", [t.Resize((px, px)), *normalise])
with torch.no_grad():
    p = torch.cat([model(images).softmax(1) for images, _ in DataLoader(test, 64, num_workers=2)])
answers = test.frame.select("sample_id", "path", "group", "split", "label").with_columns(
    pl.lit(f"script-{seed}").alias("run_id"),
    pl.Series("predicted", [table.classes[i] for i in p.argmax(1).tolist()]),
    *[pl.Series(f"p_{name}", p[:, i].tolist()) for i, name in enumerate(table.classes)],
)
answers.write_csv(out)
print(f"test rows answered after {time.monotonic() - began:.0f} s: {out}")
