# SPDX-License-Identifier: Apache-2.0
"""Everything that a user can name has its place in the docs, and no link is dead."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from attrs import fields

from loopwright.cli.main import app
from loopwright.core import errors
from loopwright.registry import SHELVES, build, names, options, plugin
from loopwright.spec.campaign import CampaignSpec, Start, Stop, structure
from loopwright.spec.goal import Goal

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    *(ROOT / n for n in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(DOCS.rglob("*.md")),
]
KEYS = [f.name for cls in (CampaignSpec, Goal, Start, Stop) for f in fields(cls)]
PLUGINS = [f"{shelf}/{name}" for shelf in SHELVES for name in names(shelf)]
COMMANDS = [
    *(c.name or c.callback.__name__ for c in app.registered_commands),
    *(
        f"{g.typer_instance.info.name} {c.name or c.callback.__name__}"
        for g in app.registered_groups
        for c in g.typer_instance.registered_commands
    ),
]
TO_COME = {"docs/images/report.png"}
"""Named by a page, made at release."""
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))


def _text(name):
    return (DOCS / name).read_text(encoding="utf-8")


def _toml(name):
    return re.findall(r"^```toml\n(.*?)^```$", _text(name), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def script():
    """The script that writes the reference."""
    path = ROOT / "scripts" / "make_reference.py"
    spec = importlib.util.spec_from_file_location("make_reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says():
    command = [sys.executable, ROOT / "scripts" / "make_reference.py", "--check"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, f"run scripts/make_reference.py: {told.stdout}{told.stderr}"


def test_a_page_that_was_not_made_anew_would_be_found(script):
    old = _text("campaign-file.md").replace("| `seed` |", "| `sead` |")
    assert old != script.campaign_file(old)


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_says_when_it_comes_and_what_to_do(name):
    section = _text("errors.md").partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert section and name in _text("reference.md")
    assert name == "LoopwrightError" or ("When: " in section and "Do: " in section)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_of_a_campaign_file_has_its_place(key):
    assert f"| `{key}` |" in _text("campaign-file.md")


@pytest.mark.parametrize("name", PLUGINS)
def test_every_plugin_has_its_place(name):
    assert f"### `{name}`" in _text("reference.md")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_place(name):
    assert re.search(
        rf"^### `loopwright {name.rstrip('_')}[ `]", _text("reference.md"), re.MULTILINE
    )


def test_there_are_keys_plugins_and_commands_to_ask_for():
    assert len(KEYS) > 20 and len(PLUGINS) > 15 and len(COMMANDS) > 15


@each_page
def test_no_link_is_dead(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    near = [link for link in links if "://" not in link and link not in TO_COME]
    assert [link for link in near if not (page.parent / link).exists()] == []


@each_page
def test_every_page_of_the_docs_can_be_found_from_the_index(page):
    if page.parent == DOCS and page.name != "index.md":
        assert f"]({page.name})" in _text("index.md")


@each_page
def test_no_page_names_a_place_on_somebody_s_machine(page):
    assert not re.search(
        r"(?<![\w.])/(tmp|work|home|root|Users)/", page.read_text(encoding="utf-8")
    )


def test_the_glossary_is_sorted_and_has_each_word_once():
    words = re.findall(r"^\| ([^|]+?) \|", _text("glossary.md"), re.MULTILINE)[2:]
    assert len(words) > 60
    assert words == sorted(set(words), key=str)


@pytest.mark.parametrize("text", _toml("campaign-file.md"))
def test_every_campaign_in_the_docs_is_one(text):
    spec = structure(tomllib.loads(text), where="campaign-file.md")
    for shelf, choice in (
        ("modalities", spec.modality),
        ("generators", spec.generator),
        ("proposers", spec.proposer),
        ("labs", spec.lab),
        *(("models", m) for m in spec.models),
    ):
        assert options(shelf, choice.name, choice.options)
    assert build("modalities", spec.modality.name, spec.modality.options)


def test_the_plugin_of_the_docs_is_found_by_its_entry_point(tmp_path, monkeypatch):
    code = re.search(r"^```python\n(.*?)^```$", _text("writing-a-plugin.md"), re.M | re.S)[1]
    project = tomllib.loads(_toml("writing-a-plugin.md")[0])["project"]
    ((group, points),) = project["entry-points"].items()
    (tmp_path / "halves.py").write_text(code)
    info = tmp_path / "loopwright_halves-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1\n"
    )
    lines = [f"[{group}]", *(f"{name} = {there}" for name, there in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))
    assert "halves" not in names("proposers")
    monkeypatch.syspath_prepend(tmp_path)
    assert any(d.name == project["name"] for d in distributions())
    assert "halves" in names("proposers")
    assert plugin("proposers", "halves").summary.endswith(".")
    given = tomllib.loads(_toml("writing-a-plugin.md")[1])["proposer"]
    assert build("proposers", given["name"], given["options"]).share == 0.25
