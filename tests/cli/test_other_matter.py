# SPDX-License-Identifier: Apache-2.0
"""Sequences where molecules are expected: every command says so, and what to type."""

import random

import pytest

PARENT = "MQYKLILNGKTLKGETTTEAVDAATAEKVFKQYANDNGVDGEWTYDDATKTFTVTE"
HEAVY, LIGHT = "EVQLVESGGGWGQGTLV", "DIQMTQSPSFGQGTKV"


def _variants(n=30):
    rng = random.Random(1)
    found = []
    for _ in range(n):
        letters = list(PARENT)
        for place in rng.sample(range(len(PARENT)), 3):
            letters[place] = rng.choice("ACDEFGHIKLMNPQRSTVWY")
        found.append("".join(letters))
    return found


VARIANTS = _variants()
WAYS = {
    "FASTA": "".join(f">v{i}\n{v}\n" for i, v in enumerate(VARIANTS)),
    "a column called sequence": "name,sequence,Fitness\n"
    + "".join(f"v{i},{v},{i}\n" for i, v in enumerate(VARIANTS)),
    "a column of any name": "name,construct,Fitness\n"
    + "".join(f"v{i},{v},{i}\n" for i, v in enumerate(VARIANTS)),
    "a column called smiles": "name,smiles,Fitness\n"
    + "".join(f"v{i},{v},{i}\n" for i, v in enumerate(VARIANTS)),
}


def _file(tmp_path, way):
    path = tmp_path / ("f.fasta" if way == "FASTA" else "f.csv")
    path.write_text(WAYS[way])
    return path


@pytest.mark.parametrize("way", WAYS)
def test_check_says_that_sequences_are_no_molecules_and_reads_them_when_told(call, tmp_path, way):
    path = _file(tmp_path, way)
    told = call("check", path)
    assert told.code == 3 and "`--modality proteins`" in told.text and "0 candidates" in told.text
    if "smiles" not in way:
        assert "reads like protein sequences" in told.text
        told = call("check", path, "--modality", "proteins", "--json").json
        assert told["n_candidates"] == 30
        assert all(c["kind"] != "matter" for c in told["concerns"])


@pytest.mark.parametrize("way", WAYS)
def test_no_campaign_of_molecules_is_made_from_sequences(call, tmp_path, way):
    told = call("init", tmp_path / "mine", "--from", _file(tmp_path, way))
    assert told.code == 1 and "`--modality proteins`" in told.text
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("way", [w for w in WAYS if w != "FASTA"])
def test_propose_and_replay_refuse_sequences_as_molecules(call, tmp_path, way):
    path, pool = _file(tmp_path, way), tmp_path / "pool.fasta"
    pool.write_text(WAYS["FASTA"])
    molecules = tmp_path / "molecules.csv"
    molecules.write_text("smiles,Fitness\n" + "".join(f"{'C' * n}O,{n}\n" for n in range(1, 30)))
    asked = ("--property", "Fitness", "--batch", 3)
    for command in (
        ("replay", path),
        ("propose", "--pool", molecules, "--measured", path),
        ("propose", "--pool", pool, "--measured", molecules),
    ):
        told = call(*command, *asked)
        assert told.code == 1 and "`--modality proteins`" in told.text, command
        assert "read like protein" in told.text.replace("reads", "read")


def test_train_says_so_whatever_the_column_is_called(call, tmp_path):
    path = _file(tmp_path, "a column of any name")
    told = call("train", path, "--property", "Fitness", "--out", tmp_path / "model")
    assert told.code == 1 and "Property models are of molecules" in told.err


@pytest.mark.parametrize("way", [way for way in WAYS if "smiles" not in way])
def test_predict_says_so_before_it_asks_for_a_column_of_structures(call, tmp_path, data, way):
    model = tmp_path / "model"
    assert call("train", data, "--property", "pIC50", "--out", model).code == 0
    told = call("predict", "--model", model, _file(tmp_path, way))
    assert told.code == 1 and "property models are of molecules" in told.text
    assert "protein" not in call("predict", "--model", model, data).err


def test_names_and_molecules_beside_a_sequence_of_their_target_are_no_proteins(call, tmp_path):
    path = tmp_path / "mine.csv"
    rows = "".join(f"{'C' * n}O,{PARENT},{n}\n" for n in range(1, 9))
    path.write_text(f"smiles,target sequence,pIC50\n{rows}")
    told = call("check", path, "--json")
    assert told.code == 0 and told.json["n_candidates"] == 8
    path.write_text("name,variant,pIC50\ncpd 1,wild type,7\ncpd 2,wild type,6\n")
    assert "proteins" not in call("check", path).text
    assert call("init", tmp_path / "mine", "--from", path).code == 0


@pytest.mark.parametrize("name", ["vh", "heavy", "nanobody", "VHH", "vl", "construct", "my seq"])
def test_a_lone_column_of_sequences_is_found_whatever_it_is_called(call, tmp_path, name):
    path = tmp_path / "lone.csv"
    rows = "".join(f"n{i},{v},{i}\n" for i, v in enumerate(VARIANTS))
    path.write_text(f"name,{name},affinity\n{rows}")
    told = call("check", path, "--modality", "proteins", "--json").json
    assert told["n_candidates"] == 30 and told["columns"][1]["role"] == "structure"


def test_chains_are_found_where_a_blank_column_or_other_sequences_stand_beside_them(call, tmp_path):
    path = tmp_path / "chains.csv"
    rows = "".join(f"n{i},{v},,{PARENT}\n" for i, v in enumerate(VARIANTS))
    path.write_text(f"name,vh,vl,antigen\n{rows}")
    told = call("check", path, "--modality", "proteins", "--json").json
    assert told["n_candidates"] == 30 and told["columns"][1]["role"] == "structure"
    path.write_text(f"my_vl,my_vh\n{LIGHT},{HEAVY}\n")
    told = call("check", path, "--modality", "proteins", "--json").json
    assert (told["n_candidates"], told["quarantined"]) == (1, 0)


def test_check_reads_the_columns_that_it_is_told(call, tmp_path):
    path = tmp_path / "two.csv"
    rows = "".join(f"n{i},{v},{PARENT},{i}\n" for i, v in enumerate(VARIANTS))
    path.write_text(f"name,mine,other,affinity\n{rows}")
    for column, n in (("mine", 30), ("other", 1)):
        told = call("check", path, "--sequence", column, "--json").json
        assert told["n_candidates"] == n
    told = call("check", path, "--sequence", "theirs")
    assert told.code == 1 and "There is no column 'theirs'" in told.err


def test_init_says_what_it_needs_of_a_file_without_values(call, tmp_path):
    path, folder = tmp_path / "library.csv", tmp_path / "mine"
    path.write_text("name,sequence\n" + "".join(f"v{i},{v}\n" for i, v in enumerate(VARIANTS)))
    told = call("init", folder, "--from", path, "--modality", "proteins")
    assert told.code == 1 and "--property" in told.text and "mapping" not in told.text
    asked = ("--modality", "proteins", "--property", "Fitness")
    assert call("init", folder, "--from", path, *asked).code == 0
    assert 'property = "Fitness"' in (folder / "campaigns" / "mine.toml").read_text()
    path.write_text("smiles,pIC50\nCCO,5\nCCN,6\n")
    told = call("init", tmp_path / "other", "--from", path, "--property", "logD")
    assert told.code == 1 and "No column holds values of 'logD'" in told.text
