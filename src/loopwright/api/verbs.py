# SPDX-License-Identifier: Apache-2.0
"""What a person does with a campaign: one function per verb.

Each opens the workspace, acts, and answers with a frozen value. Faces print; they decide nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from loopwright.api.answers import Intaken, Released, Status, UnaskedScreens
from loopwright.api.batches import demand_batch, worth_of
from loopwright.api.corrections import warning
from loopwright.api.files import read_file, read_mapping
from loopwright.api.first_file import first_file
from loopwright.api.mappings import no_such
from loopwright.api.taking import intaken, take
from loopwright.api.template import campaign_toml
from loopwright.api.workspace import Workspace, create_workspace
from loopwright.core.errors import DataError, NotReadyError, SpecError
from loopwright.core.values import Direction
from loopwright.data.mappings import Mappings
from loopwright.loop.exchange import SCREEN, collect, release
from loopwright.loop.facts import Ingested, Ordered
from loopwright.loop.mending import Again
from loopwright.loop.remembered import demand_name, keep, kept, named
from loopwright.loop.run import Campaign, Waiting, look, must_choose, next_step, run
from loopwright.loop.state import Collect, Done, Propose, Release, Train
from loopwright.loop.view import View
from loopwright.registry import names
from loopwright.science.units import is_molar
from loopwright.spec.campaign import Choice, structure

__all__ = [
    "ingest",
    "init",
    "order",
    "readback",
    "run_campaign",
    "status",
]


def init(
    workspace: Workspace,
    *,
    source: Path | None = None,
    property: str = "",
    direction: Direction | None = None,
    modality: str = "molecules",
    lab: str = "folder",
    seed: int = 1,
) -> Path:
    """Make a workspace with one campaign file, named after the folder.

    Args:
        workspace: Where; the folder must be new or empty.
        source: A data file to guess property and unit from; it is not ingested yet.
        property: What to optimise; guessed from ``source`` if blank, and needed if it holds no
            values.
        direction: Whether larger or smaller is better; if blank, smaller for a concentration
            (IC50 in nM), larger for anything else.
        modality: Kind of matter.
        lab: Where candidates will be measured.
        seed: All randomness of the campaign comes from it.

    Raises:
        DataError: The folder is in use, or the source shows no property, or another kind of
            matter.
        SpecError: The folder's name cannot be a campaign's name.
    """
    name, unit, choice = workspace.root.name, "1", Choice(name=modality)
    if source is not None:
        first = first_file(read_file(source), property, choice)
        property, unit, choice = first.property, first.unit, first.modality
    if direction is None:
        direction = "minimize" if is_molar(unit) else "maximize"
    if modality == "recipes" and not property:
        property, unit = "yield", "%"
    if not property:
        raise DataError(
            "No property to optimise", where="--property", remedy="Name it, or give --from FILE."
        )
    for shelf, chosen in (("modalities", modality), ("labs", lab)):
        if chosen not in names(shelf):  # type: ignore[arg-type]
            raise SpecError(
                f"No {chosen!r} among the {shelf}",
                where=f"--{shelf.removesuffix('s').replace('modalitie', 'modality')}",
                remedy=f"Choose one of: {', '.join(names(shelf))}.",  # type: ignore[arg-type]
            )
    toml = campaign_toml(
        name=name,
        seed=seed,
        modality=modality,
        chains=choice.options.get("chains", ()),
        lab=lab,
        property=property,
        unit=unit,
        direction=direction,
    )
    structure(tomllib.loads(toml), where=str(workspace.root))
    return create_workspace(workspace, name=name, toml=toml)


def ingest(
    workspace: Workspace,
    path: Path | str,
    *,
    mapping: Path | str | None = None,
    save_mapping: str = "",
    replaces: str = "",
    also: bool = False,
    reason: str = "",
) -> Intaken:
    """Take in a file of measurements or candidates.

    The same bytes a second time add nothing, unless another mapping is given: then the file is
    read anew, and what was read of it before no longer counts.

    Args:
        workspace: Where to.
        path: Any file that a reader knows.
        mapping: What the columns mean: the name of a mapping, or a TOML file. Without it, what
            was named or used for these columns before, or else a guess.
        save_mapping: A name under which the workspace keeps the mapping by which the file was
            read.
        replaces: Name or digest of an earlier file whose place this one takes.
        also: Take it although most of its rows came before: they were measured again.
        reason: Why; needed with the last two.

    Raises:
        DataError: The file cannot be read, its columns make no sense, no mapping has that name,
            or it repeats an earlier file and nobody has said what that means.
    """
    file = read_file(path)
    if save_mapping:
        demand_name(save_mapping)
    with workspace.writing() as campaign:
        name, used = _given(campaign, mapping)
        how = Again(mapping=used, mapping_name=name)
        told = take(campaign, file, how, replaces=replaces, also=also, reason=reason)
        if save_mapping:
            read = next(
                f for f in campaign.record.state.files if f.source_sha256 == told.source_sha256
            )
            campaign.record.add(keep(campaign.record, read, save_mapping))
        return told


def readback(
    workspace: Workspace,
    path: Path | None = None,
    *,
    mapping: Path | str | None = None,
    replaces: str = "",
    also: bool = False,
    reason: str = "",
) -> Intaken | None:
    """Take in results; without a file, ask the lab for what is there.

    Args:
        workspace: Where.
        path: The results; this and the rest as for ``ingest``.
        mapping: TOML that says what the columns mean.
        replaces: Name or digest of an earlier file.
        also: Take it although most of its rows came before.
        reason: Why.

    Returns:
        What became of the (last) file; None if the lab has nothing new.

    Raises:
        NotReadyError: No file was given and nothing is on order.
        DataError: As for ``ingest``.
    """
    if path is not None:
        return ingest(workspace, path, mapping=mapping, replaces=replaces, also=also, reason=reason)
    with workspace.writing() as campaign:
        view = look(campaign)
        if not view.state.orders:
            raise NotReadyError(
                "Nothing is on order", remedy="Release a batch with `loopwright plate` first."
            )
        answer = None
        for ordered in view.state.orders:
            for event in _collected(campaign, ordered):
                answer = intaken(campaign, event, is_new=True)
        return answer


def order(workspace: Workspace, *, reason: str = "") -> Released:
    """Release the open batch: write the order down, then hand it over.

    Raises:
        NotReadyError: There is no open batch, it is empty, or it costs more than is left.
    """
    with workspace.writing() as campaign:
        view = look(campaign)
        demand_batch(view.state)
        _demand_choice(view)
        event = release(view)
        if not event.candidates and not event.screens:
            raise NotReadyError("The open batch is empty", remedy="Add a candidate first.")
        _demand_budget(view, event.cost)
        campaign.record.add(event, reason=reason)
        list(_collected(campaign, event))
        assays, screens = (
            workspace.root / "orders" / f"{event.order_id}{end}.csv" for end in ("", SCREEN)
        )
        return Released(
            order_id=event.order_id,
            cycle=event.cycle,
            n_candidates=len(event.candidates),
            cost=event.cost,
            file=str(assays) if assays.exists() else "",
            screen_file=str(screens) if screens.exists() else "",
            again=event.again,
            n_screens=len(event.screens),
        )


def run_campaign(workspace: Workspace) -> Done | Waiting:
    """Carry the campaign on until it is done or waits for a person or the lab."""
    with workspace.writing() as campaign:
        return run(campaign)


def status(workspace: Workspace) -> Status:
    """Say where the campaign stands and what comes next; changes nothing."""
    campaign = workspace.reading()
    view = look(campaign)
    state, goal = view.state, view.spec.goal
    model = state.models[-1] if state.models else None
    best = view.data.best_of(but=view.barred)
    return Status(
        campaign=view.spec.name,
        cycle=state.orders[-1].cycle if state.orders else None,
        next=_next(view),
        n_candidates=len(view.candidates),
        n_measured=len(view.measured),
        n_outstanding=len(state.outstanding),
        n_screens_out=len(state.screens_out),
        n_screened=0 if view.screens is None else view.screens.n_measured,
        n_hits=len(view.hits),
        n_rows=sum(f.n_rows for f in state.files),
        n_loaded=sum(f.n_loaded for f in state.files),
        n_flagged=sum(f.n_flagged for f in state.files),
        n_quarantined=sum(f.n_quarantined for f in state.files),
        n_to_look_at=sum(m.status == "flagged" for m in view.measurements),
        lapsed=campaign.known.lapsed,
        warning=warning(campaign),
        best=best.value if best else None,
        best_relation=best.relation if best else "=",
        property=goal.property,
        unit=goal.unit,
        spent=state.spent,
        budget=view.spec.budget,
        model=worth_of(model),
        model_is_useful=model.is_useful if model else None,
        open_batch=state.proposal.candidates if state.proposal else (),
        open_screens=state.proposal.screens if state.proposal else (),
        short=state.proposal.short if state.proposal else "",
        facts=len(campaign.record.ledger),
        state=state.digest(),
        unasked_screens=tuple(_unasked(view)),
    )


# ---- behind the verbs
def _demand_choice(view: View) -> None:
    """Refuse to order the loop's batch where people are to choose."""
    if must_choose(view):
        raise NotReadyError(
            "The campaign is in shadow mode: people choose what is ordered",
            where="shadow",
            remedy="Run `loopwright choose FILE` first; the file may name the loop's own batch.",
        )


def _demand_budget(view: View, cost: float) -> None:
    """Refuse to order what people have put together for more than the budget."""
    budget, spent = view.spec.budget, view.state.spent
    if budget is not None and spent + cost > budget * (1.0 + 1e-9):
        raise NotReadyError(
            f"The batch costs {cost:g}; {budget - spent:g} of the budget of {budget:g} are left",
            where="budget",
            remedy="Drop picks with `loopwright drop ID --reason WHY`, choose again, or raise "
            "`budget` in the campaign file.",
        )


def _given(campaign: Campaign, mapping: Path | str | None) -> tuple[str, Mappings | None]:
    """Return the mapping that a person names, and its name; a name goes before a file."""
    if not mapping:
        return "", None
    if (known := kept(campaign.record, str(mapping))) is not None:
        return str(mapping), known
    if not Path(mapping).exists():
        raise no_such(str(mapping), tuple(named(campaign.record)))
    return "", read_mapping(Path(mapping))


def _collected(campaign: Campaign, ordered: Ordered) -> Iterator[Ingested]:
    """Write down every file that the lab has, one after the other."""
    while (event := collect(look(campaign), campaign.record, ordered)) is not None:
        campaign.record.add(event)
        yield event


def _unasked(view: View) -> Iterator[UnaskedScreens]:
    """Yield the orders of screens that are out and that the campaign file asks for no more."""
    out = set() if view.spec.screen else set(view.state.screens_out)
    assayed = set(view.state.outstanding)
    for ordered in view.state.orders:
        mine = [c for c in ordered.screens if c in out]
        if mine:
            yield UnaskedScreens(
                order_id=f"{ordered.order_id}{SCREEN}",
                candidates=tuple(c for c in mine if c not in assayed),
                also_assayed=tuple(c for c in mine if c in assayed),
            )


def _next(view: View) -> str:
    match next_step(view):
        case Train():
            return "train a model, then propose (`loopwright propose`)"
        case Propose(cycle=cycle, batch_size=size):
            return f"propose batch {cycle} of {size} (`loopwright propose`)"
        case Release() if must_choose(view):
            return "choose a batch beside the loop's (`loopwright choose FILE`)"
        case Release():
            return "release the open batch (`loopwright plate`)"
        case Collect():
            waiting = set(view.waits_for)
            names = [o.order_id for o in view.state.orders if waiting & {*o.candidates, *o.screens}]
            then = "`loopwright propose` need not wait for them"
            if view.state.stopped is not None:
                then = view.state.stopped.why
            return f"results of {', '.join(names)} (`loopwright readback FILE`); {then}"
        case Done(why=why):
            return f"nothing: {why}"
