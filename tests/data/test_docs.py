# SPDX-License-Identifier: Apache-2.0
import re
from pathlib import Path

from loopwright.data.mapping import mapping_from_toml


def test_the_page_on_data_does_what_it_says():
    page = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    assert code.count("read_tables(") == 2
    mapping, *_ = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    exec(compile(code, "docs/data.md", "exec"), {})
    assert mapping_from_toml(mapping).values[0].as_p
