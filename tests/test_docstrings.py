"""Every public name has an example in its docstring, and the examples run."""

import doctest
import inspect

import pytest

import kmeans_fast

FUNCTIONS = [n for n in kmeans_fast.__all__ if inspect.isroutine(getattr(kmeans_fast, n))]


@pytest.mark.parametrize("name", [*FUNCTIONS, "Blocks", "KMeans"])
def test_examples(name):
    examples = doctest.DocTestFinder().find(getattr(kmeans_fast, name), name, globs={})
    assert any(test.examples for test in examples), "has no example"
    runner = doctest.DocTestRunner()
    for test in examples:
        runner.run(test)
    assert runner.failures == 0
