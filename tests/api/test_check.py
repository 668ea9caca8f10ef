# SPDX-License-Identifier: Apache-2.0
"""`check`: what a file holds, told before anybody takes it in."""

import zipfile
from pathlib import Path

import pytest

from loopwright.api.check import check
from loopwright.core.errors import DataError

TEXT = (
    "Report of 3 March\n"
    "smiles,name,IC50 (nM),status,notebook\n"
    "CCO,a,5,ok,12\n"
    "CCO,a,5000,ok,12\n"
    "CCN,b,>10 uM,ok,12\n"
    "C((,c,7,ok,12\n"
    "CCC,d,,ok,\n"
    "CCCC,e,9,doubtful,\n"
)


@pytest.fixture
def found(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(TEXT)
    return check(path)


def test_every_row_is_accounted_for(found):
    assert found.rows_in == 6 == found.loaded + found.flagged + found.quarantined
    assert (found.loaded, found.flagged, found.quarantined) == (1, 4, 1)
    assert [(p.row, p.status) for p in found.rows] == [
        (3, "flagged"),
        (4, "flagged"),
        (6, "quarantined"),
        (7, "flagged"),
        (8, "flagged"),
    ]
    assert all(p.what and p.remedy for p in found.rows)
    assert found.has_faults


def test_it_says_what_each_column_was_taken_for(found):
    roles = {c.column: (c.role, c.property, c.unit, c.n_filled) for c in found.columns}
    assert roles["smiles"] == ("structure", "", "", 6)
    assert roles["IC50 (nM)"] == ("value", "IC50", "nM", 5)
    assert roles["notebook"][0] == "not read"
    assert found.notes == ("row 1: Report of 3 March",)


def test_it_says_how_the_values_lie(found):
    (profile,) = found.profiles
    assert (profile.property, profile.unit, profile.n, profile.n_censored) == ("IC50", "nM", 4, 1)
    assert (profile.low, profile.median, profile.high) == (5.0, 9.0, 5000.0)
    assert profile.is_log and sum(profile.histogram) == 3
    assert profile.n_far_apart == 1, "5 and 5000 nM of one compound"


def test_a_mapping_decides_where_the_guess_was_wrong(tmp_path, found):
    mapping = tmp_path / "m.toml"
    mapping.write_text(found.mapping.replace('property = "IC50"', 'property = "Kd"'))
    assert check(tmp_path / "a.csv", mapping=mapping).profiles[0].property == "Kd"


def test_a_file_that_names_no_candidate_is_refused(tmp_path):
    path = tmp_path / "b.csv"
    path.write_text("week,who\n1,Ann\n")
    with pytest.raises(DataError, match="names a candidate"):
        check(path)


def test_the_messy_files_of_the_field_are_accounted_for(shared_data):
    for path in sorted(Path(shared_data / "messy").iterdir()):
        told = check(path)
        assert told.rows_in == told.loaded + told.flagged + told.quarantined
        assert told.loaded >= 0.75 * told.rows_in, path.name


def test_a_name_that_two_structures_bear_is_listed(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("r.csv", "name,smiles,pIC50\nX,CCO,5\nY,CCN,6\n")
        archive.writestr("s.csv", "name,smiles\nX,CCCCO\nY,CCN\n")
    told = check(path)
    assert (told.loaded, told.flagged) == (3, 1)
    assert [(p.sheet, p.row, p.column) for p in told.rows] == [("s.csv", 2, "name")]
    assert "belongs to" in told.rows[0].what


def test_rows_that_meet_and_structures_in_doubt_are_told_of(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "smiles,name,pIC50\nCCCCN,base,5\nCCCCN.Cl,salt,5.1\nOc1ccccn1,one,6\n"
        "O=c1cccc[nH]1,other,6.5\n[Na+].[Cl-],table salt,7\n"
    )
    found = check(path)
    assert (found.loaded, found.flagged, found.quarantined) == (4, 1, 0)
    (doubted,) = found.rows
    assert (doubted.row, doubted.column, doubted.status) == (6, "smiles", "flagged")
    met = [(c.kind, [b.row for b in c.rows]) for c in found.collisions]
    assert met == [("forms", [2, 3]), ("kin", [4, 5]), ("names", [2, 3])]
    assert found.standardiser.startswith("rdkit ")


def test_a_list_of_structures_without_values_can_be_in_doubt_too(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("smiles,name\nCCCCN,base\n[Na+].[Cl-],table salt\n")
    found = check(path)
    assert (found.loaded, found.flagged, found.quarantined) == (1, 1, 0)


def test_readings_of_two_wells_are_no_replicates_of_each_other(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("plate,well,signal\nP,A1,5\nP,A2,50\nP,A1,5\n")
    (profile,) = check(path).profiles
    assert (profile.n, profile.n_candidates, profile.replicate_sd) == (3, 2, None)
    path.write_text("plate,well,signal,day\nP,A1,5,1\nP,A2,50,1\nP,A1,7,2\n")
    assert check(path).profiles[0].replicate_sd == pytest.approx(2**0.5)
