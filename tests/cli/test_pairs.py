# SPDX-License-Identifier: Apache-2.0
"""Antibodies as people have them: two columns, or one text; from the file to the picks."""

import json
from itertools import product

import pytest

HEAVY, LIGHT = "EVQLVESGGGWGQGTLV", "DIQMTQSPSFGQGTKV"
LETTERS = "ADFKSW"
WORTH = dict(zip(LETTERS, (0.0, 1.0, 2.5, 3.0, 4.0, 6.5), strict=True))


def _pair(a, b, c):
    return f"{HEAVY[:3]}{a}{HEAVY[4:]}", f"{LIGHT[:2]}{b}{LIGHT[3]}{c}{LIGHT[5:]}"


@pytest.fixture(scope="module")
def antibodies():
    """All 216 variants at three sites of two chains: (mutations, heavy, light, affinity)."""
    rows = []
    for a, b, c in product(LETTERS, repeat=3):
        value = WORTH[a] * (1 + WORTH[b] / 6) + WORTH[c]
        rows.append((f"H:L4{a};L:Q3{b};L:T5{c}", *_pair(a, b, c), f"{value:.3f}"))
    return rows


ASKED = (
    "--property", "affinity", "--start", 16, "--batch", 16, "--cycles", 2, "--seeds", 2,
    "--workers", 1, "--json",
)  # fmt: skip
WRITTEN = {
    "two columns": ("heavy,light,affinity", lambda r: f"{r[1]},{r[2]},{r[3]}", ()),
    "two columns, the light one first": (
        "my_vl,my_vh,affinity",
        lambda r: f"{r[2]},{r[1]},{r[3]}",
        ("--sequence", "my_vl,my_vh"),
    ),
    "one text": ("pair,affinity", lambda r: f"{r[1]}/{r[2]},{r[3]}", ("--sequence", "pair")),
    "mutations": (
        "variant,affinity",
        lambda r: f"{r[0]},{r[3]}",
        ("--parent", f"{HEAVY}:{LIGHT}"),
    ),
}


def _plain(answer):
    for strategy in answer["strategies"].values():
        strategy["seconds_per_cycle"] = strategy["peak_mb"] = 0
    return {k: v for k, v in answer.items() if k != "file"}


def test_pairs_replay_alike_however_they_are_written(call, tmp_path, antibodies):
    found = {}
    for name, (header, row, more) in WRITTEN.items():
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join([header, *map(row, antibodies), ""]))
        told = call("replay", path, "--modality", "proteins", *more, *ASKED)
        assert (told.code, told.json["n_pool"]) == (0, 216), told.err
        found[name] = _plain(told.json)
    assert all(one == found["two columns"] for one in found.values())
    loop, chance = (found["two columns"]["strategies"][n] for n in ("loop", "random"))
    assert loop["found"]["mean"] > chance["found"]["mean"]


def test_rows_that_are_no_pair_are_told_and_the_others_replayed(call, tmp_path, antibodies):
    heavy, light = HEAVY, LIGHT
    bad = [
        (f"{heavy},,1", "The chain L is blank"),
        (f"{heavy},n/a,1", "The chain L is blank"),
        (f"{light},{heavy},1", "J segment"),
        (f"EVX{heavy},{light},1", "'X' (any residue) at 3 of H"),
        (f"{heavy},DI--{light},1", "'-' (a gap) at 3 of L"),
        (f"{heavy},{'ACGT' * 10},1", "letters of DNA"),
        (f"{heavy},see notebook,1", "no amino acid"),
        (",,1", "no structure"),
    ]
    path = tmp_path / "pairs.csv"
    rows = [f"{r[1]},{r[2]},{r[3]}" for r in antibodies]
    again = [rows[0].lower(), rows[1].replace(",", "*,", 1)]
    path.write_text("\n".join(["heavy,light,affinity", *(b for b, _ in bad), *rows, *again, ""]))
    told = call("replay", path, "--modality", "proteins", "--strategies", "random", *ASKED)
    assert (told.code, told.json["n_pool"]) == (3, 216)
    places = [(q["row"], q["reason"]) for q in told.json["quarantine"]]
    assert [row for row, _ in places] == list(range(2, 2 + len(bad)))
    assert all(why in reason for (_, reason), (_, why) in zip(places, bad, strict=True))


def test_columns_of_which_nobody_knows_the_chain_are_refused(call, tmp_path, antibodies):
    path = tmp_path / "pairs.csv"
    rows = [f"{r[1]},{r[2]},{r[3]}" for r in antibodies]
    path.write_text("\n".join(["seq_1,seq_2,affinity", *rows, ""]))
    told = call("replay", path, "--sequence", "seq_1,seq_2", *ASKED)
    assert told.code == 1 and "Which chain" in told.json["error"]["what"]
    told = call("replay", path, "--sequence", "seq_1,seq_3", *ASKED)
    assert "There is no column 'seq_3'" in told.json["error"]["what"]


def test_pairs_are_proposed_from_plain_files(call, tmp_path, antibodies):
    measured, pool = tmp_path / "measured.csv", tmp_path / "pool.csv"
    rows = [f"ab{i},{r[1]},{r[2]},{r[3]}" for i, r in enumerate(antibodies)]
    measured.write_text("\n".join(["name,heavy,light,affinity", *rows[::3], ""]))
    offered = [r.rsplit(",", 1)[0] for r in rows]
    pool.write_text("\n".join(["name,heavy,light", *offered, f"odd,{HEAVY},", ""]))
    told = call(
        *("propose", "--pool", pool, "--measured", measured, "--property", "affinity"),
        *("--modality", "proteins", "--batch", 4, "--json"),
    )
    assert told.code == 3 and told.json["model"] == "sequence"
    assert all(p["text"].count(":") == 1 and p["name"].startswith("ab") for p in told.json["picks"])
    left = told.json["pool"]["why"]
    assert left["it is measured already"] == 72 and left["The chain L is blank"] == 1


def test_train_says_that_proteins_are_learned_elsewhere(call, tmp_path, antibodies):
    path = tmp_path / "one.csv"
    path.write_text("\n".join(["sequence,affinity", *(f"{r[1]},{r[3]}" for r in antibodies), ""]))
    told = call("train", path, "--property", "affinity", "--out", tmp_path / "model")
    assert told.code == 1 and "of proteins learn `loopwright propose" in told.err
    path.write_text("letters,affinity\nACDE,1.0\n")
    told = call("train", path, "--property", "affinity", "--out", tmp_path / "model")
    assert told.code == 1 and "proteins" not in told.err


def test_check_reads_two_columns_as_pairs_and_mutations_by_the_parent_that_it_is_told(
    call, tmp_path, antibodies
):
    pairs, mutants = tmp_path / "pairs.csv", tmp_path / "mutants.csv"
    rows = [f"{r[1]},{r[2]},{r[3]}" for r in antibodies]
    pairs.write_text("\n".join(["heavy,light,affinity", *rows, ""]))
    told = call("check", pairs, "--modality", "proteins", "--json")
    assert (told.code, told.json["loaded"]) == (0, 216), told.err
    lines = [f"{r[0].replace('L4', 'L230')},{r[3]}" for r in antibodies]
    shifted = [line.replace("Q3", "Q229").replace("T5", "T231") for line in lines]
    mutants.write_text("\n".join(["variant,affinity", *shifted, ""]))
    asked = ("check", mutants, "--modality", "proteins")
    lone = call(*asked, "--json")
    assert lone.code == 3 and "--parent" in lone.json["rows"][0]["remedy"]
    parent = ("--parent", f"{HEAVY}:{LIGHT}", "--first-position", 227)
    told = call(*asked, *parent, "--json")
    assert (told.code, told.json["loaded"]) == (0, 216), told.err
    assert call("check", mutants, *parent).code == 1, "a parent belongs to proteins"


def test_rows_that_lacked_a_parent_are_read_again_once_the_campaign_names_one(
    call, tmp_path, antibodies
):
    path, folder = tmp_path / "mutants.csv", tmp_path / "abs"
    path.write_text("\n".join(["variant,affinity", *(f"{r[0]},{r[3]}" for r in antibodies), ""]))
    assert call("init", folder, "--from", path, "--modality", "proteins").code == 0
    (spec,) = folder.glob("campaigns/*.toml")
    assert "# modality = " in spec.read_text() and "parent = " in spec.read_text()
    first = call("ingest", path, "-w", folder)
    assert first.code == 3 and "quarantine retry" in first.out
    parent = f'modality = {{ name = "proteins", options = {{ parent = "{HEAVY}:{LIGHT}" }} }}'
    spec.write_text(spec.read_text().replace('modality = "proteins"', parent, 1))
    again = call("ingest", path, "-w", folder)
    assert "nothing was added" in again.out and "`loopwright quarantine retry`" in again.out
    assert call("quarantine", "retry", "-w", folder).code == 0
    told = call("ingest", path, "-w", folder, "--json").json
    assert (told["loaded"], told["quarantined"]) == (216, 0)


def test_a_campaign_takes_pairs_in_and_proposes(call, tmp_path, antibodies):
    path = tmp_path / "pairs.csv"
    rows = [f"{r[1]},{r[2]},{r[3] if i % 3 else ''}" for i, r in enumerate(antibodies)]
    path.write_text("\n".join(["heavy,light,affinity", *rows, ""]))
    folder = tmp_path / "abs"
    asked = ("--property", "affinity", "--modality", "proteins")
    assert call("init", folder, "--from", path, *asked).code == 0
    (spec,) = folder.glob("campaigns/*.toml")
    chains = 'modality = { name = "proteins", options = { chains = ["H", "L"] } }\n'
    assert chains in spec.read_text(), "init has seen the two columns"
    spec.write_text(spec.read_text().replace('"L"]', '"L"], max_length = 20'))
    taken = call("ingest", path, "-w", folder, "--json")
    assert taken.code == 0 and taken.json["rows_in"] == 216, taken.err
    told = call("propose", "-w", folder, "--json")
    assert told.code == 0 and len(told.json["picks"]) == 24, told.err
    first = told.json["picks"][0]
    assert ":" in json.dumps(first)


def test_a_fasta_file_of_single_chains_is_a_pool_of_pairs(call, tmp_path, antibodies):
    measured, pool = tmp_path / "measured.csv", tmp_path / "pool.fasta"
    rows = [f"ab{i},{r[1]},{r[2]},{r[3]}" for i, r in enumerate(antibodies)]
    measured.write_text("\n".join(["name,heavy,light,affinity", *rows[::3], ""]))
    pool.write_text(
        "".join(f">ab{i}_VL\n{r[2]}\n>ab{i}_VH\n{r[1]}\n" for i, r in enumerate(antibodies))
    )
    told = call(
        *("propose", "--pool", pool, "--measured", measured, "--property", "affinity"),
        *("--modality", "proteins", "--batch", 4, "--json"),
    )
    assert (told.code, told.json["pool"]["n_rows"], told.json["pool"]["n_used"]) == (0, 216, 144)
    assert all(p["text"].count(":") == 1 and p["name"].startswith("ab") for p in told.json["picks"])
    told = call("check", pool, "--modality", "proteins", "--json").json
    assert (told["rows_in"], told["n_candidates"]) == (216, 216)


def test_records_that_are_no_pair_are_told_how_to_become_one(call, tmp_path, antibodies):
    folder, library = tmp_path / "abs", tmp_path / "library.fasta"
    csv = tmp_path / "pairs.csv"
    csv.write_text(f"heavy,light,affinity\n{antibodies[0][1]},{antibodies[0][2]},1\n")
    assert call("init", folder, "--from", csv, "--modality", "proteins").code == 0
    library.write_text("".join(f">seq{i}\n{r[1]}\n" for i, r in enumerate(antibodies[:9])))
    told = call("ingest", library, "-w", folder)
    assert told.code == 3 and "ab1_VH and ab1_VL" in told.text
