# SPDX-License-Identifier: Apache-2.0
"""Of several properties one may have nothing to learn from: the others go on, and it is told why.

It does not know what a property is tried for; whoever asks says that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from attrs import define, field, frozen

from loopwright.api.learnable import Learnable
from loopwright.core.errors import DataError, NotReadyError
from loopwright.core.values import Quarantined

__all__ = ["Tried", "Untrained"]

T = TypeVar("T")


@frozen(kw_only=True)
class Untrained:
    """A property that was asked for beside others, and could not be learned."""

    property: str
    why: str
    remedy: str
    n_rows: int
    """Rows of the file; ``n_rows = n_used + `` the distinct rows of ``left_out``."""

    n_used: int
    left_out: tuple[Quarantined, ...]


@define(kw_only=True, eq=False)
class Tried:
    """Properties that were asked for together, and what became of those that fell out."""

    untrained: list[Untrained] = field(factory=list)
    """In the order in which they fell out."""

    @property
    def reasons(self) -> dict[str, str]:
        """Return property -> why it fell out."""
        return {one.property: one.why for one in self.untrained}

    def each(
        self, found: Collection[Learnable], do: Callable[[Learnable], T]
    ) -> dict[Learnable, T]:
        """Return what is done of each property; one that cannot be learned falls out.

        Args:
            found: What is left of the properties, in the order asked for.
            do: Refuses a property that nothing can be learned from.

        Raises:
            DataError: There was one property only, and its values cannot be used.
            NotReadyError: None is left.
        """
        done: dict[Learnable, T] = {}
        for one in found:
            try:
                done[one] = do(one)
            except (DataError, NotReadyError) as ex:
                if len(found) == 1 and not self.untrained:
                    raise
                self.untrained.append(_untrained(one, ex))
        if not done:
            raise _none(self.untrained)
        return done


def _untrained(one: Learnable, ex: DataError | NotReadyError) -> Untrained:
    return Untrained(
        property=one.property,
        why=ex.what,
        remedy=ex.remedy,
        n_rows=one.n_rows,
        n_used=one.n_used,
        left_out=one.left_out,
    )


def _none(untrained: list[Untrained]) -> NotReadyError:
    """Return the refusal of all properties, each with its reason and its remedy."""
    return NotReadyError(
        f"None of {len(untrained)} properties can be trained. "
        + ". ".join(f"{one.property}: {one.why}" for one in untrained),
        where=", ".join(one.property for one in untrained),
        remedy=" ".join(dict.fromkeys(one.remedy for one in untrained)),
    )
