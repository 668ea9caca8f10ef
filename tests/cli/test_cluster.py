# SPDX-License-Identifier: Apache-2.0
"""Work on a cluster of two nodes; needs the extra `cluster`, and says so where it is not."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from loopwright.api.how import How
from loopwright.api.plain import Wanted, propose_from_files
from loopwright.api.predicting import Ways, predict
from loopwright.api.property_models import train
from loopwright.core.errors import MissingExtraError
from loopwright.core.values import RawFile
from loopwright.loop import first_look

HAS_RAY = importlib.util.find_spec("ray") is not None
N_ROWS = 12
SECONDS = 1_500

TWO_NODES = """
import os, sys
from pathlib import Path
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
import ray
from ray.cluster_utils import Cluster
from loopwright.api.plain import Wanted, propose_from_files
from loopwright.api.predicting import Ways, predict
from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.loop import first_look
home = Path(sys.argv[1])
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
cluster.add_node(num_cpus=2)
ways = Ways(shard_rows=3, cluster=cluster.address)
predict(home / "a.csv", [home / "model"], out=home / "cluster.csv", ways=ways)
first_look.LARGE, first_look.KEPT, first_look.SKETCHED = 500, 400, 4_500
measured = RawFile(name="past.csv", content=(home / "past.csv").read_bytes())
wanted = Wanted(goals=("pIC50:max",), batch=6, cluster=cluster.address)
batch = propose_from_files(home / "pool.csv", measured, wanted)
assert batch.pool.n_passed_over > 8_000, batch.pool
(home / "picks").write_text(repr(batch.picks))
(home / "nodes").write_text(str(len([n for n in ray.nodes() if n["Alive"]])))
ray.shutdown()
cluster.shutdown()
try:
    propose_from_files(home / "pool.csv", measured, Wanted(goals=("pIC50:max",), cluster="auto"))
except DataError as ex:
    assert "no cluster" in str(ex), ex
else:
    raise AssertionError("a cluster that is not there answered")
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory, series):
    """A tiny model, a file with a bad row, and what this very process says of it."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "past.csv").write_text(series)
    train(folder / "past.csv", ["pIC50"], out=folder / "model", how=How(is_quick=True))
    rows = [f"{'C' * (i + 1)}O,n{i}" for i in range(N_ROWS)] + ["C1CC,bad"]
    (folder / "a.csv").write_text("smiles,name\n" + "\n".join(rows) + "\n")
    pool = ["smiles", "C1CC", *("C" * (i % 97 + 1) + "N" + "C" * (i // 97) for i in range(9_000))]
    (folder / "pool.csv").write_text("\n".join(pool) + "\n")
    ways = Ways(shard_rows=3, n_workers=1)
    told = predict(folder / "a.csv", [folder / "model"], out=folder / "here.csv", ways=ways)
    assert (told.n_rows, told.n_problems) == (N_ROWS + 1, 1)
    return folder


@pytest.mark.slow
@pytest.mark.skipif(not HAS_RAY, reason="ray is not installed: this claim was NOT tested")
def test_two_nodes_answer_as_this_process_does(home, monkeypatch):
    source = Path(__file__).parents[2] / "src"
    run = subprocess.run(
        [sys.executable, "-c", TWO_NODES, str(home)],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert (home / "nodes").read_text() == "2"
    assert (home / "cluster.csv").read_bytes() == (home / "here.csv").read_bytes()
    for name, value in (("LARGE", 500), ("KEPT", 400), ("SKETCHED", 4_500)):
        monkeypatch.setattr(first_look, name, value)
    measured = RawFile(name="past.csv", content=(home / "past.csv").read_bytes())
    wanted = Wanted(goals=("pIC50:max",), batch=6)
    picks = propose_from_files(home / "pool.csv", measured, wanted).picks
    assert len(picks) == 6 and (home / "picks").read_text() == repr(picks)


@pytest.mark.skipif(HAS_RAY, reason="ray is installed: this refusal cannot be seen")
def test_without_ray_the_extra_is_named(home):
    with pytest.raises(MissingExtraError) as ex:
        predict(home / "a.csv", [home / "model"], out=home / "b.csv", ways=Ways(cluster="auto"))
    assert "loopwright[cluster]" in ex.value.remedy
    measured = RawFile(name="past.csv", content=(home / "past.csv").read_bytes())
    with pytest.raises(MissingExtraError) as ex:
        wanted = Wanted(goals=("pIC50:max",), cluster="auto")
        propose_from_files(home / "pool.csv", measured, wanted)
    assert "loopwright[cluster]" in ex.value.remedy
