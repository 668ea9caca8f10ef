# SPDX-License-Identifier: Apache-2.0
"""The house keeps its promises: read from the source, without running it."""

import ast
import inspect
import itertools
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import loopwright
from loopwright.core import errors
from loopwright.registry import SHELVES, names, plugin

SOURCE = Path(loopwright.__file__).parent
FILES = {str(p.relative_to(SOURCE)): p for p in sorted(SOURCE.rglob("*.py"))}
PLUGINS = {f"{n} of {s}": (s, n) for s in SHELVES for n in names(s)}
HEAVY = ["torch", "rdkit", "pandas", "sklearn", "fastapi", "lightgbm", "altair", "scipy", "pyarrow"]
CODE_IN_DATA = {"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
BINARY = {"xlsx", "parquet"}
"""Readers of formats that no text can show; their tests make the files."""
each_file = pytest.mark.parametrize("path", FILES.values(), ids=FILES.keys())
each_plugin = pytest.mark.parametrize(("shelf", "name"), PLUGINS.values(), ids=PLUGINS.keys())


def _tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def _functions(path):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [n for n in ast.walk(_tree(path)) if isinstance(n, kinds)]


def _body_lines(function):
    """Lines from the first to the last statement; the docstring does not count."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def _undocumented(cls):
    """Fields of a class, as its source has them, that no docstring stands under."""
    body = [*ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0].body, None]
    return [
        line.target.id
        for line, under in itertools.pairwise(body)
        if isinstance(line, ast.AnnAssign)
        and not (
            isinstance(under, ast.Expr)
            and isinstance(under.value, ast.Constant)
            and isinstance(under.value.value, str)
        )
    ]


@pytest.mark.parametrize(
    "module",
    ["loopwright", "loopwright.registry", "loopwright.spec.campaign", "loopwright.core.ports"],
)
def test_importing_the_ground_loads_no_heavy_library(module):
    code = f"import sys, {module}; print([m for m in {HEAVY} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_importing_the_package_takes_less_than_half_a_second():
    code = "import time; t = time.process_time(); import loopwright; print(time.process_time() - t)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(told.stdout) < 0.5


# ---- source files
@each_file
def test_a_source_file_starts_with_its_licence_and_says_what_it_is_for(path):
    assert path.read_text(encoding="utf-8").startswith("# SPDX-License-Identifier: Apache-2.0\n")
    assert ast.get_docstring(_tree(path))


@each_file
def test_a_source_file_has_at_most_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@each_file
def test_a_function_body_has_at_most_40_lines(path):
    assert {f.name: _body_lines(f) for f in _functions(path) if _body_lines(f) > 40} == {}


def test_the_length_of_a_body_is_counted_without_its_docstring():
    text = 'def f():\n    """One.\n\n    Two.\n    """\n    a = 1\n\n    return a\n'
    assert _body_lines(ast.parse(text).body[0]) == 3


@each_file
def test_nothing_is_ever_read_that_could_be_executed(path):
    nodes = list(ast.walk(_tree(path)))
    imported = {a.name.split(".")[0] for n in nodes if isinstance(n, ast.Import) for a in n.names}
    imported |= {str(n.module).split(".")[0] for n in nodes if isinstance(n, ast.ImportFrom)}
    called = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not imported & CODE_IN_DATA
    assert not called & {"eval", "exec"}


@each_file
def test_chance_and_errors_have_one_home_each(path):
    """No global generator; no error class outside core/errors.py."""
    nodes = list(ast.walk(_tree(path)))
    assert "np.random.seed" not in path.read_text(encoding="utf-8")
    bases = {
        base.id
        for n in nodes
        if isinstance(n, ast.ClassDef)
        for base in n.bases
        if isinstance(base, ast.Name)
    }
    is_home = path == SOURCE / "core" / "errors.py"
    assert any(b.endswith(("Error", "Exception")) for b in bases) == is_home


# ---- errors
def test_every_error_derives_from_the_one_of_the_house_and_stands_in_the_tree_at_the_top():
    found = [c for _, c in inspect.getmembers(errors, inspect.isclass)]
    classes = [c for c in found if issubclass(c, BaseException)]
    assert sorted(c.__name__ for c in classes) == sorted(errors.__all__)
    assert all(issubclass(c, errors.LoopwrightError) for c in classes)
    assert all(c.__name__ in errors.__doc__ and c.__doc__ for c in classes)


def test_an_error_cannot_be_raised_without_a_remedy():
    told = errors.DataError("The file is empty", where="a.csv", remedy="Export it again.")
    assert str(told) == "The file is empty (at a.csv). Export it again."
    assert str(errors.DataError("It is empty", remedy="Fill it.")) == "It is empty. Fill it."
    with pytest.raises(TypeError, match="remedy"):
        errors.DataError("The file is empty")


# ---- name plates
@each_plugin
def test_a_plugin_is_summed_up_in_one_sentence_and_says_where_it_comes_from(shelf, name):
    plate = plugin(shelf, name)
    assert plate.summary[0].isupper() and plate.summary.endswith(".")
    assert "\n" not in plate.summary and len(plate.summary) <= 100
    assert plate.source


@each_plugin
def test_every_option_is_documented_under_its_field_and_has_a_default(shelf, name):
    kind = plugin(shelf, name).options
    assert kind.__doc__
    assert _undocumented(kind) == []
    assert kind() == kind()


def test_an_option_without_a_docstring_would_be_found():
    class Bare:
        told: int = 1
        """What it is for."""

        untold: int = 2

    assert _undocumented(Bare) == ["untold"]


@pytest.mark.parametrize("shelf", ["readers", "modalities"])
def test_what_reads_text_carries_samples_of_it(shelf):
    assert all(plugin(shelf, name).examples for name in set(names(shelf)) - BINARY)


def test_no_pattern_needs_a_later_python_than_the_first_3_11():
    """Possessive quantifiers and atomic groups match wrongly before Python 3.11.5."""
    is_late = re.compile(r"[\]\)\w.?]([+*?])\+|\(\?>")
    found = []
    for path in sorted(Path(loopwright.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and "re.compile" in ast.unparse(node.func)
            if is_call and is_late.search(ast.unparse(node)):
                found.append(f"{path}:{node.lineno}")
    assert found == []
    assert is_late.search("[a-z]++") and is_late.search("(?>a)") and not is_late.search("[a-z]+")
