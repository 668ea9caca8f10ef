"""A wrong campaign file says everything that is wrong with it, where, and what to do."""

import pytest

from loopwright.core.errors import SpecError
from loopwright.spec.campaign import Choice, read, structure

GOOD = """
name = "nav17"
seed = 7
batch_size = 24
modality = "molecules"
lab = { name = "replay", options.file = "held_back.csv" }

[[goals]]
property = "pIC50"
direction = "maximize"
threshold = 8

[stop]
cycles = 7
"""


@pytest.fixture
def write(tmp_path):
    def _write(text):
        path = tmp_path / "campaign.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def test_a_good_file_reads_and_fills_in_what_was_not_said(write):
    spec = read(write(GOOD))
    assert spec.goal.threshold == 8.0
    assert spec.modality == Choice(name="molecules")
    assert spec.lab.options == {"file": "held_back.csv"}
    assert [m.name for m in spec.models] == ["gp", "boosted"]


def test_a_spec_comes_back_from_its_plain_form(write):
    spec = read(write(GOOD))
    assert structure(spec.as_dict(), where="test") == spec


def test_all_faults_are_told_at_once_each_with_its_key_path(write):
    text = (
        GOOD.replace("seed = 7", 'seed = "seven"')
        .replace("threshold", "treshold")
        .replace("[stop]", "[stop]\nhits = 0")
    )
    with pytest.raises(SpecError) as caught:
        read(write(text))
    message = str(caught.value)
    assert "3 fault(s)" in message
    assert "seed: 'seven' is not a whole number" in message
    assert "did you mean 'threshold'?" in message
    assert "stop" in message and "hits" in message


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('batch_size = "24"', id="text is not read as a number"),
        pytest.param("batch_size = true", id="true is not read as one"),
        pytest.param("batch_size = 24.0", id="a fraction is not read as a whole number"),
        pytest.param("batch_size = 0", id="an empty batch is refused"),
    ],
)
def test_no_type_is_changed_in_silence(write, line):
    with pytest.raises(SpecError, match="batch_size"):
        read(write(GOOD.replace("batch_size = 24", line)))


def test_a_missing_key_is_named(write):
    with pytest.raises(SpecError, match="missing key 'modality'"):
        read(write(GOOD.replace('modality = "molecules"', "")))


def test_a_name_that_could_leave_its_folder_is_refused(write):
    with pytest.raises(SpecError, match="letters, digits"):
        read(write(GOOD.replace('"nav17"', '"../nav17"')))


def test_a_file_that_is_not_toml_is_refused_with_its_place(write):
    with pytest.raises(SpecError, match=r"campaign\.toml"):
        read(write("name = "))
