"""A search over a Ray cluster of three nodes, one of which is taken away in the middle."""

import time
from types import SimpleNamespace

import pytest

ray = pytest.importorskip("ray")

from optuna.trial import TrialState  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

from buffycoat.errors import SettingError  # noqa: E402
from buffycoat.registry import Choice  # noqa: E402
from buffycoat.search.engine.engine import Job  # noqa: E402
from buffycoat.search.engine.ray_tasks import RayTasks  # noqa: E402
from buffycoat.search.engine.settings import EngineSettings  # noqa: E402
from buffycoat.search.settings.limits import Limits  # noqa: E402
from buffycoat.search.settings.planned import counted_trials, is_lost  # noqa: E402
from buffycoat.search.settings.pruners import build_pruner  # noqa: E402
from buffycoat.search.settings.search import Search  # noqa: E402
from buffycoat.search.settings.study import file_url, open_study  # noqa: E402

N_TRIALS = 8


@pytest.fixture(scope="module")
def cluster():
    found = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    nodes = [found.add_node(num_cpus=1, wait=False) for _ in range(2)]
    found.wait_for_nodes()
    ray.init(address=found.address, log_to_driver=False, logging_level="error")
    yield SimpleNamespace(cluster=found, nodes=nodes)
    ray.shutdown()
    found.shutdown()


def make_toy():
    """A toy that is sent to the nodes as it is written here; some wait until a node is gone."""

    def toy(x, folder, *, report):
        own, gone = ray.get_runtime_context().get_node_id(), folder / "gone"
        (folder / f"{x}").write_text(own)
        is_waiting = (folder / "two").exists()
        if is_waiting:  # before it reports: what is reported from is then still at work
            (folder / f"{x} waits").touch()
        stopped = report(1, x)
        for _ in range(600 if is_waiting else 0):
            # Where it runs on the node that goes, it must not end before it is taken away.
            if gone.exists() and gone.read_text() != own:
                break
            time.sleep(0.1)
        return {"status": "finished", "score": (x - 1.0) ** 2, "stopped": stopped}

    return toy


class Losing(RayTasks):
    """Takes the node away from which a waiting trial has reported, once two trials have ended."""

    def __init__(self, cluster, folder):
        super().__init__(EngineSettings(engine="ray"))
        self.cluster, self.folder = cluster, folder

    def wait(self, judge):
        def watched(key, step, x):
            found = judge(key, step, x)
            if (self.folder / f"{x} waits").exists() and not (self.folder / "gone").exists():
                node_id = (self.folder / f"{x}").read_text()
                node = next(n for n in self.cluster.nodes if n.node_id == node_id)
                self.cluster.cluster.remove_node(node, allow_graceful=False)
                beside = self.folder / "going"
                beside.write_text(node_id)
                beside.rename(self.folder / "gone")
            return found

        return super().wait(watched)


def test_shares_that_no_cluster_has_are_refused(cluster):
    with pytest.raises(SettingError, match="no trial fits into Ray's cluster, which has 2 CPU"):
        RayTasks(EngineSettings(engine="ray", gpus=1))


def test_a_node_that_is_lost_loses_no_trial_and_none_counts_twice(cluster, tmp_path):
    study = open_study(
        file_url(tmp_path / "s.db"), "s", {"kind": "k"}, direction="minimize", said={}
    )
    study.pruner = build_pruner(Choice("none"), 1)
    said, toy, engine = [], make_toy(), Losing(cluster, tmp_path)
    assert engine.n_at_once == 2

    def after():
        if len([sentence for sentence in said if "finished" in sentence]) == 2:
            (tmp_path / "two").touch()

    Search(
        study,
        lambda trial: {"x": trial.suggest_float("x", -4, 4)},
        lambda number, settings, run: Job(number, toy, (settings["x"], tmp_path)),
        engine,
        Limits(n_trials=N_TRIALS),
        Choice("random"),
        say=said.append,
        after=after,
    ).run()
    engine.close()
    trials = study.get_trials()
    finished = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    lost = [trial for trial in trials if is_lost(trial)]
    assert len(counted_trials(trials)) == len(finished) == N_TRIALS
    assert len({trial.params["x"] for trial in finished}) == N_TRIALS
    assert all(t.value == pytest.approx((t.params["x"] - 1) ** 2) for t in finished)
    assert all(list(trial.intermediate_values) == [1] for trial in finished)
    assert len(lost) == 1
    again = next(t for t in finished if t.user_attrs.get("again_of") == lost[0].number)
    assert again.params == lost[0].params
    assert f"trial {lost[0].number + 1} was lost" in " ".join(said)
