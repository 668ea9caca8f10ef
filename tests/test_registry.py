# SPDX-License-Identifier: Apache-2.0
"""Plugins are found by name, exactly, lazily and loudly."""

import subprocess
import sys
from pathlib import Path

import pytest

from loopwright.core.errors import MissingExtraError, SpecError, UnknownPluginError
from loopwright.core.plugin import Plugin
from loopwright.registry import SHELVES, build, names, options, plugin

EVERY = [(shelf, name) for shelf in SHELVES for name in names(shelf)]
GUEST = '''
from attrs import frozen
from loopwright.core.plugin import Plugin

@frozen(kw_only=True)
class Options:
    """None."""

def _build(options):
    import a_library_that_nobody_has

PLUGIN = Plugin(
    summary="A guest from outside.", source="own work", options=Options, build=_build, extra="guest"
)
'''


@pytest.fixture
def guest(tmp_path, monkeypatch):
    """An installed package of somebody else that brings a model."""
    (tmp_path / "guest_model.py").write_text(GUEST)
    info = tmp_path / "guest-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guest\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[loopwright.models]\nguest = guest_model:PLUGIN\n")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.parametrize("shelf", SHELVES)
def test_no_shelf_is_empty_and_names_are_sorted(shelf):
    assert names(shelf)
    assert list(names(shelf)) == sorted(set(names(shelf)))


@pytest.mark.parametrize("shelf", SHELVES)
def test_listing_a_shelf_imports_no_plugin(shelf):
    code = (
        f"import sys; from loopwright.registry import names, plugin; found = names({shelf!r});"
        f"inside = [m for m in sys.modules if m.startswith('loopwright.{shelf}.')];"
        f"plugin({shelf!r}, found[0]);"
        f"after = [m for m in sys.modules if m.startswith('loopwright.{shelf}.')];"
        f"print(inside, after)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == f"[] ['loopwright.{shelf}.{names(shelf)[0]}']"


@pytest.mark.parametrize(("shelf", "name"), EVERY, ids=[f"{n} of {s}" for s, n in EVERY])
def test_a_plugin_is_built_from_its_defaults(shelf, name):
    assert isinstance(plugin(shelf, name), Plugin)
    assert isinstance(options(shelf, name, {}), plugin(shelf, name).options)
    try:
        assert build(shelf, name, {}) is not None
    except MissingExtraError as ex:
        assert plugin(shelf, name).extra and plugin(shelf, name).extra in ex.remedy


@pytest.mark.parametrize(("shelf", "name"), EVERY, ids=[f"{n} of {s}" for s, n in EVERY])
def test_an_option_that_a_plugin_does_not_know_is_refused(shelf, name):
    with pytest.raises(SpecError, match="no_such_option"):
        options(shelf, name, {"no_such_option": 1})


def test_an_unknown_plugin_is_offered_its_nearest_name():
    assert plugin("models", "boosted")
    with pytest.raises(UnknownPluginError, match="Did you mean 'boosted'") as told:
        plugin("models", "bosted")
    assert told.value.where == "models.bosted"


def test_where_no_name_is_near_all_are_offered():
    with pytest.raises(UnknownPluginError, match=", ".join(names("models"))):
        plugin("models", "zzzzzz")


@pytest.mark.parametrize("name", ["GP", " gp", "", "gp.gp", "../models/gp", "__pycache__"])
def test_a_name_is_looked_up_exactly(name):
    assert plugin("models", "gp")
    with pytest.raises(UnknownPluginError):
        plugin("models", name)


def test_bad_options_are_told_all_at_once_with_their_names():
    given = {"n_bags": "many", "n_treez": 3, "learning_rate": None}
    with pytest.raises(SpecError) as told:
        options("models", "boosted", given)
    for part in ("'many'", "n_bags", "n_treez", "learning_rate", "models.boosted"):
        assert part in str(told.value)


def test_an_option_that_is_out_of_range_is_named_with_its_range():
    assert options("models", "boosted", {"n_bags": 2}).n_bags == 2
    with pytest.raises(SpecError, match=r"'n_bags' must be >= 2: 1"):
        options("models", "boosted", {"n_bags": 1})


@pytest.mark.parametrize("value", [5.7, 5.0, "5", True, None, [5]])
def test_no_option_changes_its_type_in_silence(value):
    assert options("models", "boosted", {"n_bags": 5}).n_bags == 5
    with pytest.raises(SpecError, match="n_bags"):
        options("models", "boosted", {"n_bags": value})


def test_a_whole_number_passes_as_a_number():
    assert options("proposers", "ucb", {"beta": 2}).beta == 2.0


def test_relative_paths_start_from_the_root_and_absolute_ones_stand(tmp_path):
    given = {"orders": "out", "results": str(tmp_path / "elsewhere")}
    lab = build("labs", "folder", given, root=tmp_path / "workspace")
    assert lab.orders == tmp_path / "workspace" / "out"
    assert lab.results == tmp_path / "elsewhere"
    assert build("labs", "folder", given).orders == Path("out")


def test_a_plugin_of_somebody_else_is_found_by_its_entry_point(guest):
    assert "guest" in names("models")
    assert plugin("models", "guest").summary == "A guest from outside."


def test_a_plugin_whose_library_is_absent_says_what_to_install(guest):
    assert options("models", "guest", {})
    with pytest.raises(MissingExtraError, match=r"pip install 'loopwright\[guest\]'"):
        build("models", "guest", {})
