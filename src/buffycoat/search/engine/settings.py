"""Where the trials of a search run; each field is a flag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from buffycoat.errors import SettingError

__all__ = ["EngineSettings"]


@dataclass(frozen=True)
class EngineSettings:
    """One process, several, or Ray."""

    engine: Literal["local", "ray"] = "local"
    """Where trials run: on this machine, or as tasks of Ray (extra `ray`)."""
    workers: int | None = None
    """Trials at once: 1 on this machine, where several have a process each; with Ray as many as
    the cluster holds."""
    address: str | None = None
    """Ray's cluster, such as auto or ray://HOST:10001; without it Ray begins one here."""
    cpus: float = 1.0
    """Processors that Ray keeps for one trial."""
    gpus: float = 0.0
    """GPUs that Ray keeps for one trial; a share such as .5 lets two trials have one."""

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise SettingError(f"workers is {self.workers}: it must be 1 or more")
        if self.cpus < 0 or self.gpus < 0:
            raise SettingError("cpus and gpus cannot be negative")
        if self.engine != "ray" and self.address is not None:
            raise SettingError("address is Ray's: add --engine ray")
        if self.engine != "ray" and (self.cpus, self.gpus) != (1.0, 0.0):
            raise SettingError("cpus and gpus are shares of Ray: add --engine ray")

    @property
    def has_several(self) -> bool:
        """Whether trials run in other processes than this one."""
        return self.engine == "ray" or (self.workers or 1) > 1
