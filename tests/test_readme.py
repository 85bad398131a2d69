"""What README.md shows is run: its Python examples, its command, and the marks that CI reads."""

import json
import re
import shlex
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = dict(
    re.findall(r"^<!-- run: (\w+) -->\n```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
)


@pytest.mark.parametrize("source", EXAMPLES, ids=["function", "estimator"])
def test_python_example(source, capsys):
    exec(compile(source, "README.md", "exec"), {})
    assert capsys.readouterr().out


def test_command_example(tmp_path, monkeypatch, capsys):
    pytest.importorskip("typer")
    from kmeans_fast.cli.command import run

    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(COMMANDS["example"])
    assert program == "kmeans-fast"
    assert run(arguments) == 0
    assert "alcohol" in capsys.readouterr().out
    summary = json.loads(Path("wine-clusters", "summary.json").read_text(encoding="utf-8"))
    assert sum(summary["sizes"]) == 178


def test_the_two_commands_are_marked():
    assert set(COMMANDS) == {"install", "test", "example"}
    assert COMMANDS["install"].startswith('pip install ".[cli]" && kmeans-fast fit --example')
    assert COMMANDS["test"] == 'pip install ".[test]" && pytest\n'
