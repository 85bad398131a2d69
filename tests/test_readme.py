"""Run what README.md and pages in docs/ show, and check the marks that CI reads in README.md."""

import doctest
import json
import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MIGRATION = (ROOT / "docs" / "migration.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = PYTHON.findall(README)
COMMANDS = dict(
    re.findall(r"^<!-- run: (\w+) -->\n```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
)


@pytest.mark.parametrize("source", EXAMPLES, ids=["first", "function", "estimator", "file"])
def test_python_example(source, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    exec(compile(source, "README.md", "exec"), {})
    assert capsys.readouterr().out


@pytest.mark.parametrize("page", ["guide", "bisecting"])
def test_page(page, tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    # One session: every section uses the data of the first.
    path = ROOT / "docs" / f"{page}.md"
    source = "\n".join(PYTHON.findall(path.read_text(encoding="utf-8")))
    session = doctest.DocTestParser().get_doctest(source, {}, page, str(path), 0)
    runner = doctest.DocTestRunner()
    runner.run(session)
    assert runner.tries == source.count(">>> ") > 0
    assert runner.failures == 0


def test_migration():
    source = "\n".join(PYTHON.findall(MIGRATION))
    session = doctest.DocTestParser().get_doctest(source, {}, "migration", "migration.md", 0)
    runner = doctest.DocTestRunner()
    runner.run(session)
    assert runner.tries == source.count(">>> ") > 0
    assert runner.failures == 0


def test_page_on_mini_batches():
    page = str(ROOT / "docs" / "mini_batch.md")
    failures, tries = doctest.testfile(page, module_relative=False)
    assert tries > 0
    assert failures == 0


def test_every_section_of_the_guide_has_an_example():
    _, *sections = re.split(r"^## ", GUIDE, flags=re.MULTILINE)
    assert sections
    assert all(PYTHON.search(section) for section in sections)


def test_readme_has_no_relative_links():
    """PyPI shows the page without the repository beside it."""
    assert all(target.startswith("https://") for target in re.findall(r"\]\(([^)]*)\)", README))


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
