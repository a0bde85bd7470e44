"""A search over a Ray cluster of three nodes, one of which is taken away in the middle."""

import time
from types import SimpleNamespace

import pytest

ray = pytest.importorskip("ray")

from optuna.trial import TrialState  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

from buffycoat.errors import SettingError  # noqa: E402
from buffycoat.registry import Choice  # noqa: E402
from buffycoat.search.engine import ray_tasks  # noqa: E402
from buffycoat.search.engine.engine import Job  # noqa: E402
from buffycoat.search.engine.ray_tasks import RayTasks, _fitting, _make  # noqa: E402
from buffycoat.search.engine.settings import EngineSettings  # noqa: E402
from buffycoat.search.settings.limits import Limits  # noqa: E402
from buffycoat.search.settings.planned import counted_trials, is_lost  # noqa: E402
from buffycoat.search.settings.pruners import build_pruner  # noqa: E402
from buffycoat.search.settings.search import Search  # noqa: E402
from buffycoat.search.settings.study import file_url, open_study  # noqa: E402
from buffycoat.search.strategies.budget import SearchBudget  # noqa: E402
from buffycoat.search.strategies.trials import run_trials  # noqa: E402

N_TRIALS = 8


@pytest.fixture
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


def make_staying():
    """Says where a trial runs; from when two have ended, one waits until a node is gone."""

    def stay(name, folder):
        own, gone = ray.get_runtime_context().get_node_id(), folder / "gone"
        is_waiting = (folder / "two").exists()
        if is_waiting:
            (folder / f"{name} beside").write_text(own)
            (folder / f"{name} beside").rename(folder / f"{name} waits")
        for _ in range(600 if is_waiting else 0):
            # Where it runs on the node that goes, it must not end before it is taken away.
            if gone.exists() and gone.read_text() != own:
                break
            time.sleep(0.1)

    return stay


def make_toy():
    """A toy that is sent to the nodes as it is written here."""
    stay = make_staying()

    def toy(x, folder, *, report):
        stopped = report(1, x)
        stay(x, folder)
        return {"status": "finished", "score": (x - 1.0) ** 2, "stopped": stopped}

    return toy


class Losing(RayTasks):
    """Takes the node away on which the first trial waits."""

    def __init__(self, cluster, folder):
        super().__init__(EngineSettings(engine="ray"))
        self.cluster, self.folder = cluster, folder

    def _empty_post(self, judge):
        is_read = super()._empty_post(judge)
        waiting = next(self.folder.glob("* waits"), None)
        if waiting and not (self.folder / "gone").exists():
            node_id = waiting.read_text()
            node = next(n for n in self.cluster.nodes if n.node_id == node_id)
            self.cluster.cluster.remove_node(node, allow_graceful=False)
            (self.folder / "going").write_text(node_id)
            (self.folder / "going").rename(self.folder / "gone")
        return is_read


def test_shares_that_no_cluster_has_are_refused(cluster):
    with pytest.raises(SettingError, match="no trial fits into Ray's cluster, which has 2 CPU"):
        RayTasks(EngineSettings(engine="ray", gpus=1))


def test_no_trial_lies_on_two_nodes():
    nodes = [{"Alive": True, "Resources": {"CPU": 3.0, "GPU": n}} for n in (1.0, 0.0)]
    nodes.append({"Alive": False, "Resources": {"CPU": 64.0}})
    known = SimpleNamespace(nodes=lambda: nodes)
    for shares, n in (((2.0, 0.0), 2), ((0.3, 0.0), 20), ((1.0, 0.5), 2), ((0.0, 0.0), 1)):
        settings = EngineSettings(engine="ray", cpus=shares[0], gpus=shares[1])
        assert _fitting(known, settings) == n


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
    assert lost
    for one in lost:  # Ray may have put both trials on that node
        (again,) = (t for t in finished if t.user_attrs.get("again_of") == one.number)
        assert again.params == one.params
        assert f"trial {one.number + 1} was lost" in " ".join(said)


def test_a_post_that_cannot_be_reached_for_a_while_loses_no_figure(cluster, monkeypatch):
    engine, seen, looks = RayTasks(EngineSettings(engine="ray")), [], []

    def toy(*, report):
        report(1, 0.5)
        return {}

    def get(reference, get=ray.get):
        looks.append(reference)
        if len(looks) <= 3:
            raise ray.exceptions.ActorUnavailableError("not now", None)
        return get(reference)

    monkeypatch.setattr(ray, "get", get)
    engine.begin(Job(7, toy, ()))
    done = engine.wait(lambda *figure: bool(seen.append(figure)))
    engine.close()
    assert (done.key, done.outcome, seen) == (7, {}, [(7, 1, 0.5)])


def test_a_figure_is_brought_again_until_the_post_is_there(monkeypatch, tmp_path):
    tries = []

    def leave(*figure):
        tries.append(figure)
        if len(tries) < 3:
            raise ray.exceptions.ActorUnavailableError("not now", None)
        return True

    def asked(*figure):
        result = SimpleNamespace(result=lambda: leave(*figure))
        return SimpleNamespace(future=lambda: result)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ray_tasks, "_LOOK_S", 0.0)
    post = SimpleNamespace(leave=SimpleNamespace(remote=asked))
    said = _make(4, lambda *, report: report(1, 0.5), (), post, (), tmp_path)
    assert said == ("outcome", True)
    assert tries == [(4, 1, 0.5)] * 3


def make_material(folder):
    """Networks that are scored by their choice; sent to the nodes as it is written here."""
    stay = make_staying()

    class Space:
        def fixed(self, architecture):
            return architecture["x"]

    class Task:
        def score(self, x, seed):
            stay(x, folder)
            return float(x * x)

    class Material:
        def opened(self):
            return Space(), Task()

    return Material()


def test_a_search_of_architectures_outlives_a_node_and_counts_no_trial_twice(cluster, tmp_path):
    def propose(past):
        return {"x": len(past)} if len(past) < N_TRIALS else None

    engine, found = Losing(cluster, tmp_path), []
    material = make_material(tmp_path)
    trials = run_trials(propose, material, seed=0, budget=SearchBudget(), engine=engine)
    for one in trials:
        found.append(one)
        if len(found) == 2:
            (tmp_path / "two").touch()
    engine.close()
    assert (tmp_path / "gone").exists()
    assert sorted(one.number for one in found) == list(range(N_TRIALS))
    assert all(one.score == one.architecture["x"] ** 2 for one in found)
    assert all(one.architecture["x"] == one.number for one in found)
