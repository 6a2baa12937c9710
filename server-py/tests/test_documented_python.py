"""The notebook and the Python page do what they say."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from conftest import SERVER_PY

ROOT = SERVER_PY.parent


def test_the_notebook_draws_a_u_that_a_flow_shift_flattens(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "svg")
    cells = json.loads((ROOT / "examples" / "observe.ipynb").read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    namespace: dict[str, Any] = {}
    for number, cell in enumerate(code):
        exec(compile("".join(cell["source"]), f"observe.ipynb[{number}]", "exec"), namespace)
    linear, shifted = (
        namespace[name]["cond_rel_l1"].tolist()[1:] for name in ("linear", "shifted")
    )
    assert len(linear) == len(shifted) == 19
    assert min(linear[0], linear[-1]) > 5 * min(linear)
    assert shifted[0] < min(shifted[1:])
    assert max(shifted[:10]) < linear[0] / 2
    assert len(namespace["axes"].lines) == 2


def test_the_snippets_of_the_python_page_run_in_order(tmp_path: Path, monkeypatch, capsys):
    (tmp_path / "server-py").mkdir()
    (tmp_path / "server-py" / "models").symlink_to(SERVER_PY / "models")
    shutil.copytree(ROOT / "test" / "record" / "fixtures" / "values", tmp_path / "runs/quickstart")
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    snippets = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(snippets) == 6
    namespace: dict[str, Any] = {}
    for snippet in snippets:
        exec(compile(snippet, "docs/python.md", "exec"), namespace)
    evaluations = [(step.step, step.evaluation) for step in namespace["heun"].steps]
    assert evaluations == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]
    assert namespace["frame"]["cond_rel_l1"].isna().tolist() == [True, False, False, False]
    assert len(namespace["table"]) == 20
    assert capsys.readouterr().out.splitlines()[-1] == "2 steps"
