# SPDX-License-Identifier: Apache-2.0
"""Property models from a workspace: measurements count as its people have judged them."""

import pytest

from loopwright.api import verbs, verdicts
from loopwright.api.how import How
from loopwright.api.in_workspace import is_workspace, learnables_in
from loopwright.api.learnable import Asked
from loopwright.api.property_models import train
from loopwright.core.errors import DataError, MismatchError


@pytest.fixture
def measured(bench):
    """A workspace with 40 values in two files, one of them a limit."""
    rows = [f"{s},{5 + i % 7 / 4:.2f}" for i, s in enumerate(bench.library[:40])]
    rows[3] = f"{bench.library[3]},>6"
    for part in (rows[:25], rows[25:]):
        verbs.ingest(bench.place, bench.file("\n".join(["smiles,pIC50", *part]) + "\n"))
    return bench


def _one(bench, **how):
    return learnables_in(bench.place.root, Asked(properties=("pIC50",), **how))[1][0]


def test_a_workspace_is_told_from_a_file(measured):
    assert is_workspace(measured.place.root)
    assert not is_workspace(measured.folder)
    assert not is_workspace(measured.path_of("file-1.csv"))


def test_all_files_are_learned_from_and_a_limit_stays_one(measured):
    one = _one(measured)
    assert (one.task, one.unit, one.n_rows, one.n_used) == ("regression", "1", 40, 40)
    assert int((one.targets.bounds != 0).sum()) == 1
    assert len(one.candidates) == len(one.targets.values) == 40


def test_what_was_excluded_is_told_and_not_learned_from(measured):
    assert _one(measured).n_used == 40
    verdicts.exclude(measured.place, file="file-2.csv", reason="the wrong cell line")
    one = _one(measured)
    assert (one.n_rows, one.n_used) == (40, 25)
    assert len(one.left_out) == 15
    assert all("wrong cell line" in q.reason for q in one.left_out)


def test_two_assays_are_not_mixed_unless_somebody_says_so(measured):
    rows = [f"{s},{6 + i % 5 / 4:.2f},other" for i, s in enumerate(measured.library[:20])]
    text = "\n".join(["smiles,pIC50,assay", *rows]) + "\n"
    verbs.ingest(measured.place, measured.file(text))
    with pytest.raises(MismatchError, match="2 assays"):
        _one(measured)
    assert _one(measured, assays=("other",)).n_used == 20
    assert _one(measured, pool="same protocol").n_used == 60


def test_a_property_that_was_not_measured_is_refused_by_name(measured):
    with pytest.raises(DataError, match=r"no measurement of 'logD'.*'pIC50'"):
        learnables_in(measured.place.root, Asked(properties=("logD",)))


def test_a_model_of_a_workspace_is_a_folder_like_any_other(measured, tmp_path):
    how = How(model="linear", is_quick=True)
    first, again = (
        train(measured.place.root, ["pIC50"], out=tmp_path / name, how=how) for name in "ab"
    )
    assert first.models[0].n_used == 40 and first.sha256 == again.sha256
    one, other = ((tmp_path / name / "models.safetensors").read_bytes() for name in "ab")
    assert one == other
