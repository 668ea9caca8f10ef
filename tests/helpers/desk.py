# SPDX-License-Identifier: Apache-2.0
"""A campaign in a workspace of its own, and the files that people give it."""

from loopwright.api.workspace import Workspace, create_workspace
from loopwright.loop.run import look


class Desk:
    """Where a campaign is made and fed; what is done there stands in the tests."""

    def __init__(self, folder, name, toml):
        self.folder, self.n = folder, 0
        self.place = Workspace(root=folder / name, actor="Ada")
        create_workspace(self.place, name=name, toml=toml)

    def file(self, lines):
        self.n += 1
        path = self.folder / f"file-{self.n}.csv"
        path.write_text("\n".join(lines) + "\n")
        return path

    @property
    def view(self):
        return look(self.place.reading())
