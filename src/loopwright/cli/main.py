# SPDX-License-Identifier: Apache-2.0
"""The command line: each command reads its arguments, calls one api function, prints.

Exit codes: 0 done, 1 error, 2 usage, 3 done but rows are quarantined, 4 verification failed
or a model is not promoted.
"""

from __future__ import annotations

import sys

import typer

from loopwright import __version__
from loopwright.cli import (
    assays,
    campaign,
    evidence,
    explain,
    mend,
    models,
    plates,
    promoting,
    replays,
    shadow,
    shelves,
)
from loopwright.core.errors import DataError, LoopwrightError, VerificationError

__all__ = ["app", "main"]

app = typer.Typer(
    name="loopwright",
    help="The lab in a loop: measurements, models that know their doubt, the next batch.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        typer.echo(f"loopwright {__version__}")
        raise typer.Exit


for commands in (
    campaign,
    assays,
    plates,
    mend,
    models,
    promoting,
    explain,
    evidence,
    replays,
    shadow,
    shelves,
):
    commands.register(app)


def main() -> None:
    """Run one command; turn our errors into a message, a remedy and an exit code."""
    try:
        app()
    except LoopwrightError as ex:
        from loopwright.cli.show import error

        error(ex, as_json="--json" in sys.argv)
        sys.exit(4 if isinstance(ex, VerificationError) else 1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader (head, less) has left; nothing is wrong
        sys.exit(0)
    except OSError as ex:
        from loopwright.cli.show import error

        error(_refused(ex), as_json="--json" in sys.argv)
        sys.exit(1)


def _refused(ex: OSError) -> DataError:
    """Return what a person can do where the machine refuses: a full disk, no permission."""
    return DataError(
        f"The machine refuses to read or write: {ex.strerror or ex}",
        where=str(ex.filename or ""),
        remedy="See that the disk has room, and that you may read and write there.",
    )


if __name__ == "__main__":
    main()
