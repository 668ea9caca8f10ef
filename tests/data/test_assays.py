# SPDX-License-Identifier: Apache-2.0
import pytest

from loopwright.core.errors import MismatchError
from loopwright.core.ports import Modality
from loopwright.core.values import Measurement, RawFile
from loopwright.data.assays import Assay, assay_of, labels, written
from loopwright.data.intake import take_in
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.targets import targets
from loopwright.data.whose import Register
from loopwright.registry import build


def m(cid, value, *, assay="A", **more):
    return Measurement(
        measurement_id=f"{cid}{value}{assay}{sorted(more.items())}", campaign_id="c",
        modality="molecules", candidate_id=cid, assay_id=assay, standard_type="pIC50",
        standard_value=value, standard_units="1", source_sha256="s", source_row=2, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"species": "rat"}, {"species": "human"}),
        ({"cell_line": "HEK293"}, {"cell_line": "CHO"}),
        ({"target": "hERG"}, {"target": "Nav1.5"}),
        ({"conditions": "pH=7.4"}, {"conditions": "pH=6.5"}),
        ({"assay_version": "1"}, {"assay_version": "2"}),
        ({"species": "rat"}, {}),
        ({"conditions": "pH=7.4"}, {}),
    ],
    ids=["species", "cell lines", "targets", "conditions", "versions", "unknown species",
         "an unknown condition"],
)  # fmt: skip
def test_assays_of_one_id_that_differ_in_a_condition_are_not_pooled(one, other):
    same = [m("a", 5.0, **one), m("b", 6.0, **one)]
    assert targets(same, "pIC50", unit="1")[0] == ("a", "b")
    mixed = [m("a", 5.0, **one), m("b", 6.0, **other), m("c", 6.0, **other)]
    with pytest.raises(MismatchError, match=r"2 assays: A.*: 2, A.*: 1"):
        targets(mixed, "pIC50", unit="1")
    assert targets(mixed, "pIC50", unit="1", pool_reason="one protocol, R. Miller")[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"species": "Homo sapiens"}, {"species": "human"}),
        ({"species": "RAT "}, {"species": "Rattus norvegicus"}),
        ({"cell_line": "HEK-293"}, {"cell_line": "hek 293"}),
        ({"measured_at": "2026-03-04"}, {"measured_at": "2026-03-05"}),
    ],
    ids=["Latin", "case", "a hyphen", "the date"],
)
def test_writing_and_date_do_not_split_an_assay(one, other):
    assert targets([m("a", 5.0, **one), m("b", 6.0, **other)], "pIC50", unit="1")[0] == ("a", "b")


def test_a_refusal_names_what_differs_and_takes_its_own_words_as_an_answer():
    rows = [
        m("a", 5.0, species="rat", target="hERG"), m("b", 6.0, species="rat", target="hERG"),
        m("c", 7.0, species="human", target="hERG"), m("d", 8.0, target="hERG"),
    ]  # fmt: skip
    with pytest.raises(MismatchError) as ex:
        targets(rows, "pIC50", unit="1")
    assert ": A [species=rat]: 2, A [species=?]: 1, A [species=human]: 1" in ex.value.what
    assert "hERG" not in ex.value.what, "what is the same everywhere tells nothing"
    for entry, expected in (
        ("A [species=rat]", ("a", "b")), ("A [species=?]", ("d",)),
        ("A [species=Homo sapiens; target=hERG]", ("c",)),
    ):  # fmt: skip
        assert targets(rows, "pIC50", unit="1", assays=(entry,))[0] == expected
    with pytest.raises(MismatchError, match="No measurement"):
        targets(rows, "pIC50", unit="1", assays=("A [species=dog]",))
    with pytest.raises(MismatchError, match="3 assays"):
        targets(rows, "pIC50", unit="1", assays=("A",))


def test_every_label_means_its_own_assay_and_no_other():
    found = [
        assay_of(m("a", 5.0, assay=a, conditions=c, species=s))
        for a in ("", "A", "A [x]") for s in ("", "rat") for c in ("", "pH=7.4", "pH=7; salt=1")
    ]  # fmt: skip
    names = labels(found)
    assert len(set(names.values())) == len(found) == 18
    for assay, name in names.items():
        assert [a for a in found if a.is_meant(name)] == [assay]


def test_conditions_survive_their_own_marks():
    plain = {"note": "a; b = c [d]", "pH": "7"}
    (found,) = {assay_of(m("a", 5.0, conditions=written(plain)))}
    assert dict(found.conditions) == {"note": "a, b = c (d)", "pH": "7"}
    assert found == Assay(id="A", conditions={"note": "A,  b = c (d)", "pH": "7"})


def test_a_file_tells_the_conditions_of_each_row_and_its_mapping_those_of_all():
    text = "id,s,p,org,line,tissue,assay\na,CCO,5,rat,n/a,liver,X\nb,CCN,6,,,,\n"
    file = RawFile(name="a.csv", content=text.encode())
    (table,) = build("readers", "csv", {}).read(file)
    mapping = ColumnMapping(
        structure="s", name="id", species="org", cell_line="line", conditions=("tissue",),
        assay="assay", stated={"species": "human", "assay_version": "3", "pH": "7.4"},
        values=(ValueColumn(column="p", property="p", unit="1"),),
    )  # fmt: skip
    molecules: Modality = build("modalities", "molecules", {})
    taken = take_in(file, table, mapping, "molecules", molecules, campaign="c", register=Register())
    one, other = taken.measurements
    assert (one.species, one.cell_line, one.conditions) == ("rat", "", "pH=7.4; tissue=liver")
    assert (one.assay_id, one.assay_version) == ("X", "3")
    assert (other.species, other.cell_line, other.conditions) == ("human", "", "pH=7.4")
