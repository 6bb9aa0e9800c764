"""Each example of a public function is whole: pasted alone into a fresh session, it gives what it says."""

import doctest
import inspect
import io
import warnings
from contextlib import redirect_stdout

import pytest

import crmlab

pytestmark = pytest.mark.slow
_APART = {"course", "plots"}  # lessons and pictures have guides and tests of their own


def modules():
    """Yield the public modules, and those that they offer in turn."""
    yield crmlab
    for name in crmlab.__all__:
        module = getattr(crmlab, name)
        if inspect.ismodule(module) and name not in _APART:
            yield module
            yield from (
                each
                for each in map(vars(module).get, getattr(module, "__all__", ()))
                if inspect.ismodule(each)
            )


def offered():
    """Yield the public functions and classes with their methods, each once."""
    for module in modules():
        names = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
        for item in (getattr(module, name) for name in names):
            if getattr(item, "__module__", "").startswith("crmlab") and (
                inspect.isfunction(item) or inspect.isclass(item)
            ):
                yield inspect.unwrap(item)
                if inspect.isclass(item):
                    members = (
                        getattr(each, "fget", each) for name, each in vars(item).items() if name[0] != "_"
                    )
                    yield from (inspect.unwrap(each) for each in members if inspect.isfunction(each))


PUBLIC = {
    f"{item.__module__}.{item.__qualname__}": item for item in offered() if ">>> " in (item.__doc__ or "")
}


@pytest.mark.parametrize("name", PUBLIC)
def test_an_example_begins_with_what_it_needs(name):
    example = doctest.DocTestParser().get_doctest(inspect.getdoc(PUBLIC[name]), {}, name, None, 0)
    runner, said = (
        doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False),
        io.StringIO(),
    )
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        runner.run(example, out=said.write)
    assert runner.failures == 0, said.getvalue()
