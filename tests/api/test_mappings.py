# SPDX-License-Identifier: Apache-2.0
"""A mapping is stored, named and applied next time; whoever reads the output knows which one."""

import json
import sys

import pytest

import loopwright as lw
from loopwright.cli.main import main
from loopwright.core.errors import DataError
from loopwright.loop.run import look

TOML = """structure = "Mol"
name = "Cmpd"

[[values]]
column = "Result"
property = "pIC50"
unit = "uM"
as_p = true
"""
HEAD = "Mol,Cmpd,Result,Remark"


def ingest(bench, rows, head=HEAD, name="", **how):
    return lw.ingest(bench.place, bench.file("\n".join([head, *rows]) + "\n", name), **how)


@pytest.fixture
def named(bench):
    """A workspace that knows the mapping ``cro``."""
    mapping = bench.file(TOML, "m.toml")
    found = ingest(bench, ["CCO,a,5,x"], mapping=mapping, save_mapping="cro")
    assert found.how == "as given" and found.mapping_names == ()
    return bench


def values(bench, name):
    kept = look(bench.place.reading()).candidates
    assert kept
    record = bench.place.reading()
    look(record)
    return [m.standard_value for m in record.known.measurements if m.name == name]


def test_a_named_mapping_is_applied_to_the_same_columns_and_its_name_is_told(named):
    found = ingest(named, ["CCN,b,1,y"])
    assert (found.how, found.mapping_names) == ("by 'cro'", ("cro",))
    assert values(named, "b") == [6.0]


@pytest.mark.parametrize(
    ("head", "row", "said"),
    [
        ("Result,Cmpd,Mol,Remark", "1,b,CCN,y", "by 'cro', columns in another order or fewer"),
        ("Mol,Cmpd,Result", "CCN,b,1", "by 'cro', columns in another order or fewer"),
        (f"{HEAD},Notebook", "CCN,b,1,y,12", "by 'cro', new columns are not read: 'Notebook'"),
    ],
    ids=["another order", "a column less that was not read", "a further column"],
)
def test_it_is_applied_where_columns_moved_or_came_along_and_that_is_said(named, head, row, said):
    assert ingest(named, [row], head).how == said
    assert values(named, "b") == [6.0]


def test_it_is_not_applied_where_a_new_column_may_belong_to_the_value(named):
    head = f"{HEAD},smiles,name,pIC50"
    found = ingest(named, ["CCF,c,1,y,CCF,c,7"], head)
    assert found.how == (
        "guessed; by 'cro' was not applied: 'smiles', 'name', 'pIC50' seems to have a meaning"
    )
    assert values(named, "c") == [7.0]
    found = ingest(named, ["CCN,b,1,y,CCN,b,7"], head, mapping="cro")
    assert found.how == "by 'cro'" and values(named, "b") == [6.0], "a person may say so"


def test_what_was_used_for_a_table_is_used_again_without_a_name(bench):
    mapping = bench.file(TOML, "m.toml")
    ingest(bench, ["CCO,a,5,x"], name="first.csv", mapping=mapping)
    found = ingest(bench, ["CCN,b,1,y"])
    assert (found.how, found.mapping_names) == ("as 'first.csv'", ())
    assert values(bench, "b") == [6.0]


def test_a_name_may_be_given_anew_and_the_last_one_goes_before(named):
    other = named.file(TOML.replace('"uM"', '"nM"'), "n.toml")
    ingest(named, ["CCN,b,1,y"], mapping=other, save_mapping="cro")
    ingest(named, ["CCF,c,1,y"])
    assert values(named, "c") == [9.0]
    (kept,) = lw.mappings(named.place)
    assert '"nM"' in kept.toml and kept.by == "Ada"


def test_a_mapping_can_be_named_for_a_table_that_it_never_saw(named):
    found = ingest(named, ["CCN,b,1"], "Mol,Cmpd,Result", mapping="cro")
    assert found.mapping_names == ("cro",)
    with pytest.raises(DataError, match="there are: cro"):
        ingest(named, ["CCF,c,1"], mapping="crow")
    with pytest.raises(DataError, match="cannot be the name"):
        ingest(named, ["CCF,c,1,z"], save_mapping="a b")


def test_a_refused_name_is_refused_before_the_file_is_taken_in(named):
    n_facts = len(named.facts)
    with pytest.raises(DataError, match="cannot be the name"):
        ingest(named, ["CCF,c,1,z"], save_mapping="../x")
    assert len(named.facts) == n_facts


def test_the_list_tells_who_named_it_what_it_reads_and_what_was_read_by_it(named):
    ingest(named, ["CCN,b,1,y"], name="next.csv")
    (kept,) = lw.mappings(named.place)
    assert (kept.name, kept.by, kept.files) == ("cro", "Ada", ("next.csv",))
    assert kept.columns == ("Mol", "Cmpd", "Result") and kept.toml == TOML
    assert lw.mappings(named.place, name="cro") == (kept,)
    with pytest.raises(DataError, match="No mapping is called"):
        lw.mappings(named.place, name="x")


def test_sheets_that_differ_have_a_mapping_each(bench):
    import io
    import zipfile

    def archive(n):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as z:  # a ZipInfo has the same date at each call
            z.writestr(zipfile.ZipInfo("cpds.csv"), f"Mol,Cmpd\n{'C' * (n + 2)}O,z{n}\n")
            z.writestr(zipfile.ZipInfo("res.csv"), f"Cmpd,Result\nz{n},{10**n}\n")
        path = bench.folder / f"a{n}.zip"
        path.write_bytes(sink.getvalue())
        return path

    toml = (
        '[sheets."cpds.csv"]\nstructure = "Mol"\nname = "Cmpd"\n'
        '[sheets."res.csv"]\nname = "Cmpd"\n[[sheets."res.csv".values]]\n'
        'column = "Result"\nproperty = "pIC50"\nunit = "uM"\nas_p = true\n'
    )
    mapping = bench.file(toml, "m.toml")
    lw.ingest(bench.place, archive(0), mapping=mapping, save_mapping="two")
    found = lw.ingest(bench.place, archive(1))
    assert found.how == "cpds.csv: by 'two'; res.csv: by 'two'"
    assert values(bench, "z1") == [5.0] and found.n_quarantined == 0
    again = lw.ingest(bench.place, archive(0), mapping="two")
    assert not again.is_new


def told(capsys, monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["loopwright", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    return capsys.readouterr().out


def test_the_commands_do_the_same(bench, capsys, monkeypatch):
    root, mapping = bench.place.root, bench.file(TOML, "m.toml")
    one, two = (bench.file(f"{HEAD}\n{'C' * n}O,n{n},5,\n") for n in (2, 3))
    assert "No mapping has a name yet" in told(capsys, monkeypatch, "mappings", "-w", root)
    told(capsys, monkeypatch, "ingest", one, "-w", root, "--mapping", mapping,
         "--save-mapping", "cro")  # fmt: skip
    said = told(capsys, monkeypatch, "ingest", two, "-w", root)
    assert "columns were read (by 'cro'):" in said
    assert "read by it: 1" in told(capsys, monkeypatch, "mappings", "-w", root)
    out = bench.folder / "out.toml"
    assert TOML in told(capsys, monkeypatch, "mappings", "cro", "-w", root, "-o", out)
    assert out.read_text() == TOML
    plain = json.loads(told(capsys, monkeypatch, "mappings", "-w", root, "--json"))
    assert plain["mappings"][0]["name"] == "cro"
