"""Docstrings of all that is public: runnable examples, and numpydoc sections that are complete."""

import ast
import dataclasses
import doctest
import inspect
import re
from operator import attrgetter

import pytest

import kmeans_fast

FUNCTIONS = [n for n in kmeans_fast.__all__ if inspect.isroutine(getattr(kmeans_fast, n))]
CLASSES = [n for n in kmeans_fast.__all__ if inspect.isclass(getattr(kmeans_fast, n))]
METHODS = [
    f"{name}.{method}"
    for name in CLASSES
    for method, value in inspect.getmembers(getattr(kmeans_fast, name), inspect.isfunction)
    if not method.startswith("_") and value.__module__.startswith("kmeans_fast.")
]
DESCRIBED = ("Parameters", "Attributes", "Returns", "Raises", "Warns")


@pytest.mark.parametrize("name", [*FUNCTIONS, "Blocks", "KMeans"])
def test_examples(name):
    examples = doctest.DocTestFinder().find(getattr(kmeans_fast, name), name, globs={})
    assert any(test.examples for test in examples), "has no example"
    runner = doctest.DocTestRunner()
    for test in examples:
        runner.run(test)
    assert runner.failures == 0


def sections(value):
    """Sections of the docstring: for each title the text of each entry, by its first line."""
    found = re.split(r"^(\w[\w ]*)\n-+\n", inspect.getdoc(value), flags=re.MULTILINE)
    return {
        title: {
            head: text.strip()
            for head, text in re.findall(r"^(\S.*)\n((?:^ .*\n?|^\n)*)", body, re.MULTILINE)
        }
        for title, body in zip(found[1::2], (part + "\n" for part in found[2::2]), strict=True)
    }


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES, *METHODS])
def test_every_entry_has_a_description(name):
    for title, entries in sections(attrgetter(name)(kmeans_fast)).items():
        if title in DESCRIBED:
            assert entries, title
            assert all(entries.values()), [head for head, text in entries.items() if not text]


@pytest.mark.parametrize("name", [*FUNCTIONS, "KMeans", *METHODS])
def test_parameters_and_their_defaults_are_those_of_the_signature(name):
    value = attrgetter(name)(kmeans_fast)
    parameters = dict(inspect.signature(value).parameters)
    parameters.pop("self", None)
    documented = sections(value).get("Parameters", {})
    assert [head.split(" : ")[0] for head in documented] == list(parameters)
    for head in documented:
        default = parameters[head.split(" : ")[0]].default
        if "default=" in head:
            assert ast.literal_eval(head.split("default=")[1]) == default, head
        else:
            assert default is inspect.Parameter.empty or "Ignored" in head, head


@pytest.mark.parametrize("name", [*FUNCTIONS, *METHODS])
def test_results_and_errors_are_described(name):
    value = attrgetter(name)(kmeans_fast)
    found = sections(value)
    assert ("Returns" in found) == (inspect.signature(value).return_annotation != "None")
    assert "Raises" in found or "Parameters" not in found


@pytest.mark.parametrize("name", CLASSES)
def test_fields_are_described(name):
    value = getattr(kmeans_fast, name)
    documented = [head.split(" : ")[0] for head in sections(value).get("Attributes", ())]
    if dataclasses.is_dataclass(value):
        assert documented == [field.name for field in dataclasses.fields(value)]
    else:
        fields = [field for field in inspect.get_annotations(value) if not field.startswith("_")]
        assert set(fields) <= set(documented)


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES])
def test_references_are_cited(name):
    text = inspect.getdoc(getattr(kmeans_fast, name))
    assert set(re.findall(r"^\.\. (\[\d+\])", text, re.MULTILINE)) == set(
        re.findall(r"(\[\d+\])_", text)
    )
