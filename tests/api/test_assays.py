# SPDX-License-Identifier: Apache-2.0
"""`assays`: what the values come from, told before anybody decides to pool them."""

import json
import sys
from pathlib import Path

import pytest

import loopwright as lw
from loopwright.api.assays import assays
from loopwright.cli.main import main
from loopwright.core.errors import MismatchError

TEXT = "smiles,name,assay,species,run date,IC50 (nM)\n" + "".join(
    f"{'C' * i}O,c{i},{assay},{species},{date},{base * factor:g}\n"
    for i in range(1, 7)
    for base in (10.0 * 3**i,)
    for assay, species, date, factor in (
        ("binding", "human", "2026-03-04", 1.0),
        ("binding", "human", "2026-04-04", 1.2),
        ("binding", "rat", "2026-03-05", 2.0 + i % 2),
    )
)


@pytest.fixture
def path(tmp_path):
    place = tmp_path / "a.csv"
    place.write_text(TEXT + "CCCl,x,binding,rat,2026-03-05,> 10 uM\nCCCl,x,binding,human,,5\n")
    return place


def test_a_file_is_asked_without_a_workspace(path):
    found = assays(path)
    human, rat = found.assays
    assert (human.label, rat.label) == ("binding [species=human]", "binding [species=rat]")
    assert (human.property, human.n, human.n_candidates, human.n_limits) == ("pIC50", 13, 7, 0)
    assert (rat.n, rat.n_limits) == (7, 1)
    assert (human.first_date, human.last_date, human.n_dates) == ("2026-03-04", "2026-04-04", 2)
    assert human.drift.n == 6 and human.drift.bias == pytest.approx(-0.0792, abs=1e-4)
    assert human.replicate_sd == pytest.approx(0.056, abs=1e-3)
    (pair,) = found.pairs
    assert (pair.n_shared, pair.n_limits, pair.n_contradictory) == (6, 1, 1)
    assert pair.differ_in == ("species",)
    assert pair.bias == pytest.approx(-0.35, abs=0.01)
    assert set(pair.within) == {"0.3", "0.5", "1.0"}


def test_one_property_may_be_asked_for(path):
    assert assays(path, property="IC50") == assays(path, property="pIC50") == assays(path)
    assert assays(path, property="Ki").assays == ()


def test_a_workspace_is_asked_although_nobody_has_chosen_yet(bench, path):
    lw.ingest(bench.place, path)
    with pytest.raises(MismatchError, match=r"binding \[species=human\]: 13"):
        lw.status(bench.place)
    found = lw.assays(bench.place)
    assert [a.label for a in found.assays] == ["binding [species=human]", "binding [species=rat]"]
    assert found.pairs[0].n_shared == 6
    spec = bench.place.spec_path
    spec.write_text(
        spec.read_text().replace(
            'property = "pIC50"', 'property = "pIC50", assays = ["binding [species=rat]"]'
        )
    )
    assert lw.status(bench.place).n_measured == 7


def told(capsys, monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["loopwright", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    return capsys.readouterr().out


def test_the_command_tells_the_same(path, capsys, monkeypatch):
    said = told(capsys, monkeypatch, "assays", path)
    assert "pIC50, binding [species=human]: 13 values of 7 candidates" in said
    assert "share 6 candidates: binding [species=rat] lies 0.35 lower on average" in said
    assert "limits only: 1, of which 1 contradict; differ in species" in said
    plain = json.loads(told(capsys, monkeypatch, "assays", path, "--json"))
    assert plain["pairs"][0]["n_shared"] == 6


def test_a_file_of_one_assay_has_no_pair(tmp_path, capsys, monkeypatch):
    place = tmp_path / "b.csv"
    place.write_text("smiles,pIC50\nCCO,5\n")
    assert "No candidate was measured in two assays" in told(capsys, monkeypatch, "assays", place)


@pytest.mark.shared_data
def test_published_assays_of_one_target_do_not_agree_as_replicates_would(shared_data: Path):
    found = assays(shared_data / "messy" / "chembl_ache_mouse_ic50_export.csv")
    assert len(found.assays) > 40 and len(found.pairs) > 40
    many = [p for p in found.pairs if p.n_shared > 5]
    assert many and all(p.bias_low <= p.bias <= p.bias_high for p in many)
