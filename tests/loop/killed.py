# SPDX-License-Identifier: Apache-2.0
"""Runs small campaigns, kills them with SIGKILL, carries them on, and tells what came of it.

A script of its own: it forks for each kill, which only a process without threads may do.

    python killed.py FOLDER '{"lab": "reactor", "how": "every boundary"}'

prints one JSON object: the outcome of an unbroken campaign, and that of each killed one.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from loopwright.api import corrections, evidence, fixes, quarantine, verbs, verdicts
from loopwright.api.workspace import Workspace, create_workspace
from loopwright.core.errors import BusyError
from loopwright.labs.reactor.reactor import true_yield_percent
from loopwright.loop.run import look
from loopwright.loop.state import Done

CAMPAIGN = """
name = "small"
seed = 3
batch_size = 3
modality = "recipes"
generator = { name = "box", options = { n_draws = 48, n_near = 8 } }
models = ["neighbour"]
lab = "LAB"
start = { size = 6 }
stop = { cycles = CYCLES }
goals = [{ property = "yield", unit = "%" }]
"""
BAD = """structure,name,yield,status
temperature_C=80;time_h=2;ligand=XPhos;equivalents=1.5,flask 1,61,ok
temperature_C=90;time_h=2;ligand=XPhos;equivalents=1.5,flask 2,five,ok
temperature_C=70;time_h=2;ligand=XPhos;equivalents=1.5,flask 3,about 40,ok
temperature_C=60;time_h=2;ligand=XPhos;equivalents=1.5,flask 4,33,hm
temperature_C=50;time_h=2;ligand=XPhos;equivalents=1.5,flask 5,20,ok
temperature_C=55;time_h=2;ligand=XPhos;equivalents=1.5,flask 6,lost,ok
"""
LAST = ",flask 7,25,ok\n"
"""A row of somebody whom only another file knows."""

NAMES = """structure,name,yield
temperature_C=65;time_h=3;ligand=XPhos;equivalents=1.5,flask 7,
"""
HEADER = "candidate_id,name,value,unit,property\n"


def new(root: Path, lab: str, *, cycles: int) -> None:
    toml = CAMPAIGN.replace("LAB", lab).replace("CYCLES", str(cycles))
    create_workspace(Workspace(root=root), name="small", toml=toml)


# ---- who carries a campaign on
def carry_on(place: Workspace) -> None:
    """Do whatever is next, as a person would who knows only what the workspace says."""
    while not isinstance(verbs.run_campaign(place), Done):
        if verbs.status(place).open_batch:
            verbs.order(place)
        else:
            measure(place.root)


def measure(root: Path) -> None:
    """Answer every order file with all values, under names, and a second file with a repeat."""
    for path in (root / "orders").glob("*.csv"):
        columns, *rows = [line.split(",") for line in path.read_text().splitlines()]
        lines = []
        for row in rows:
            cells = dict(zip(columns, row, strict=True))
            settings = dict(part.split("=") for part in cells["structure"].split(";"))
            ligand = settings.pop("ligand")
            value = true_yield_percent(**{k: float(v) for k, v in settings.items()}, ligand=ligand)
            cells |= {"name": f"flask {cells['candidate_id'][-3:]}", "value": f"{value:.3f}"}
            lines.append(",".join(cells[c] for c in HEADER.strip().split(",")))
        (root / "results" / f"{path.stem}-a.csv").write_text(HEADER + "\n".join(lines) + "\n")
        (root / "results" / f"{path.stem}-b.csv").write_text(HEADER + lines[0] + "\n")


def set_right(place: Workspace) -> None:
    """Take a bad file in and set all of it right, as a person does who knows only the workspace.

    Each thing is asked for until the workspace says that it is done, so that the same person
    can begin again after any kill.
    """
    root = place.root
    bad = root / "bad.csv"
    new = root / "new.csv"
    table = root / "filled.csv"
    bad.write_text(BAD)
    new.write_text(BAD.replace("five", "56").replace("flask 1", "flask one") + LAST)
    if not any(f.file == "new.csv" for f in place.reading().record.state.files):
        verbs.ingest(place, bad)
        fixes.fix(place, "bad.csv", row=3, column="yield", value="55", reason="misread")
        fixes.drop_row(place, "bad.csv", row=4, reason="spilt")
        verbs.ingest(place, new, replaces="bad.csv", reason="sent anew")
    table.write_text(
        "file,sheet,row,column,value,corrected,drop\n"
        "new.csv,,4,yield,about 40,41,\nnew.csv,,7,yield,lost,,x\n"
    )
    fixes.fix_from(place, table, reason="looked them up")
    (root / "names.csv").write_text(NAMES)
    verbs.ingest(place, root / "names.csv")
    quarantine.retry(place)
    verdicts.accept(place, reason_like="hm", reason="looked at it")
    ids = {m.name: m.measurement_id for m in look(place.reading()).measurements}
    verdicts.exclude(place, [ids["flask 5"]], reason="a leak")
    if "(corrected)" not in _raw(place, "flask 2"):
        corrections.correct(place, ids["flask 2"], value="57", reason="a digit was wrong")


def _raw(place: Workspace, name: str) -> str:
    found = look(place.reading()).measurements
    return "".join(m.raw for m in found if m.name == name)


# ---- what came of it
def outcome(root: Path) -> dict:
    place = Workspace(root=root)
    campaign = place.reading()
    state = look(campaign).state
    told = root / "handed_over.log"
    return {
        "state": state.digest(),
        "facts": [[f.kind, f.body] for f in campaign.record.ledger][1:],
        "measurements": [m.measurement_id for m in campaign.known.measurements],
        "values": [[m.candidate_id, m.standard_value] for m in campaign.known.measurements],
        "orders": [[o.order_id, list(o.candidates)] for o in state.orders],
        "handed_over": sorted(set(told.read_text().splitlines())) if told.exists() else [],
        "ok": evidence.verify(place).ok,
    }


def witness(root: Path) -> Callable[[str], None]:
    """Return a hook that writes down what the lab was handed, as of each hand-over."""

    def hook(event: str) -> None:
        if event == "after hand-over":
            with (root / "handed_over.log").open("a") as log:
                for path in sorted((root / "orders").glob("*.csv")):
                    log.write(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n")

    return hook


def killer(root: Path, at: int) -> Callable[[str], None]:
    """Return a hook that kills its own process at event number ``at``."""
    seen, note = [], witness(root)

    def hook(event: str) -> None:
        note(event)
        seen.append(event)
        if len(seen) > at:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def forked(work: Callable[[], None]) -> int:
    """Start work in a process of its own; return its number."""
    pid = os.fork()
    if not pid:
        try:
            work()
            os._exit(0)
        except BaseException as ex:  # whatever it is, it must not reach the parent's code
            sys.stderr.write(f"{type(ex).__name__}: {ex}\n")
            os._exit(1)
    return pid


def was_killed(pid: int) -> bool:
    status = os.waitpid(pid, 0)[1]
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or status == 0, f"a child failed by itself: {status}"
    return killed


# ---- the experiments
def unbroken(
    template: Path, root: Path, work: Callable[[Workspace], None]
) -> tuple[dict, list[str], float]:
    """Run to the end; return the outcome, every event on the way, and how long it took."""
    shutil.copytree(template, root)
    events, note = [], witness(root)
    begun = time.monotonic()
    work(Workspace(root=root, watch=lambda e: (note(e), events.append(e))[1]))
    return outcome(root), events, time.monotonic() - begun


def middle_turn(events: list[str]) -> list[int]:
    """Return what follows a fact or a hand-over, from the first order to the second."""
    first, second = (i for i, event in enumerate(events) if event == "after batch.ordered")
    return [
        i
        for i in range(first, second + 1)
        if events[i].startswith("after ") and events[i] != "after artefact"
    ]


def at_boundaries(
    template: Path,
    folder: Path,
    events: list[str],
    boundaries: Sequence[int],
    work: Callable[[Workspace], None] = carry_on,
) -> list[dict]:
    found = []
    for at in boundaries:
        event = events[at]
        root = folder / f"cut-{at}"
        shutil.copytree(template, root)
        pid = forked(lambda r=root, n=at: work(Workspace(root=r, watch=killer(r, n))))
        assert was_killed(pid), f"event {at} ({event}) never came"
        work(Workspace(root=root, watch=witness(root)))
        found.append({"at": f"{at} {event}", **outcome(root)})
        shutil.rmtree(root)
    return found


def at_random_times(template: Path, folder: Path, *, n_kills: int, wall_s: float) -> list[dict]:
    """Kill and carry on, again and again; a new workspace whenever one came to its end."""
    rng, found, n = random.Random(1), [], 0
    while n < n_kills:
        root = folder / f"cut-{len(found)}"
        shutil.copytree(template, root)
        at, patience = n, 0.2
        while n < n_kills:
            pid = forked(lambda r=root: carry_on(Workspace(root=r)))
            time.sleep(rng.uniform(0.0, patience) * wall_s)
            patience *= 1.05  # a machine that slows down must not keep it from ever ending
            os.kill(pid, signal.SIGKILL)
            if not was_killed(pid):
                break
            n += 1
        carry_on(Workspace(root=root))
        found.append({"at": f"{n - at} kills", **outcome(root)})
        shutil.rmtree(root)
    return found


def together(template: Path, folder: Path) -> list[dict]:
    """Let two processes run one workspace at once; who is told to wait tries no more."""

    def work(root: Path) -> None:
        try:
            carry_on(Workspace(root=root))
        except BusyError:
            return

    shutil.copytree(template, folder / "shared")
    for pid in [forked(lambda: work(folder / "shared")) for _ in range(2)]:
        assert not was_killed(pid)
    return [{"at": "together", **outcome(folder / "shared")}]


def main(folder: Path, lab: str, how: str, *, n_kills: int = 0) -> None:
    new(folder / "template", lab, cycles=1)
    template = folder / "template"
    work = set_right if how == "people set right" else carry_on
    unbroken(template, folder / "warm-up", work)  # imports, for all children at once
    told, events, wall_s = unbroken(template, folder / "unbroken", work)
    match how:
        case "every boundary":
            killed = at_boundaries(template, folder, events, range(len(events)))
        case "people set right":
            sides = [i for i, event in enumerate(events) if event != "after artefact"]
            first = events.index("after artefact")
            killed = at_boundaries(template, folder, events, [first, *sides], set_right)
        case "middle turn":
            killed = at_boundaries(template, folder, events, middle_turn(events))
        case "random times":
            killed = at_random_times(template, folder, n_kills=n_kills, wall_s=wall_s)
        case _:
            killed = together(template, folder)
    print(json.dumps({"unbroken": told, "events": events, "killed": killed}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), **json.loads(sys.argv[2]))
