# SPDX-License-Identifier: Apache-2.0
"""People choose beside the loop, from the command line."""

import pytest


@pytest.fixture
def place(tmp_path, call, series):
    """A campaign in shadow mode on a series of 48 molecules, 16 of them measured."""
    header, *rows = series.splitlines()
    data, pool, folder = tmp_path / "data.csv", tmp_path / "pool.csv", tmp_path / "campaign"
    data.write_text("\n".join([header, *rows[::3], ""]))
    pool.write_text("\n".join(["smiles,name", *(r.rpartition(",")[0] for r in rows), ""]))
    call("init", folder, "--from", data)
    toml = folder / "campaigns" / "campaign.toml"
    toml.write_text("shadow = true\n" + toml.read_text())
    for file in (data, pool):
        call("ingest", file, "-w", folder)
    return folder


def test_people_choose_order_and_see_who_did_better(call, place, tmp_path, series):
    assert call("propose", "-w", place).code == 0
    refused = call("plate", "-w", place)
    assert refused.code == 1 and "loopwright choose FILE" in refused.err
    mine = [row.split(",")[1] for row in series.splitlines()[2:20:3]]
    (tmp_path / "mine.csv").write_text("\n".join(["name", *mine, ""]))
    told = call("choose", tmp_path / "mine.csv", "-w", place, "--json").json
    assert [p["candidate"]["name"] for p in told["picks"]] == mine
    assert call("shadow", "-w", place).out.startswith("No cycle can be compared yet: no batch")
    assert call("plate", "-w", place).code == 0
    header, *rows = series.splitlines()
    (tmp_path / "back.csv").write_text("\n".join([header, *rows[1:19:3], ""]))
    assert call("readback", tmp_path / "back.csv", "-w", place).code == 0
    text = call("shadow", "-w", place).out
    assert "people alone" in text and "95 %" in text
    found = call("shadow", "-w", place, "--json").json
    (cycle,) = found["comparison"]["cycles"]
    assert cycle["people"]["n_measured"] + cycle["both"]["n_measured"] == len(mine)
    assert found["verdict"] in text.replace("\n", " ")


@pytest.mark.parametrize("value", ["1", '"yes"'])
def test_shadow_is_true_or_false_and_nothing_else(call, place, value):
    toml = place / "campaigns" / "campaign.toml"
    toml.write_text(toml.read_text().replace("shadow = true", f"shadow = {value}"))
    told = call("status", "-w", place)
    assert told.code == 1 and "neither true nor false" in told.err
