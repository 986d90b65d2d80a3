"""What stands in the sources, and what may not."""

import ast
import re
import sys

import pytest

from tests.house.sources import ROOT, Source, named, prose, python_files

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
OF_A_MACHINE = re.compile(r"(?<![\w.{}<*-])/(work|root|home|Users|tmp|opt|mnt|private)/[\w.]")
# The standard library the core may use: values and their shapes, nothing that waits, speaks, remembers or draws.
PURE = {
    "__future__", "abc", "bisect", "collections", "dataclasses", "datetime", "difflib", "enum", "functools", "hashlib",
    "itertools", "math", "operator", "re", "string", "textwrap", "types", "typing", "unicodedata", "zoneinfo",
}  # fmt: skip
OURS = {"msgspec", "twincal"}


def imported(source: Source) -> set[str]:
    """Every module a file imports, by its full name."""
    names: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.name}:{node.lineno} imports by dots; write the whole name"
            names.add(node.module or "")
    return names


def test_every_module_says_what_it_is_for() -> None:
    silent = [source.name for source in python_files() if not ast.get_docstring(source.tree)]
    assert not silent, f"no docstring on the first line: {silent}"


def test_every_public_class_and_function_says_what_it_is_for() -> None:
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    silent = [
        f"{source.name}:{node.lineno} {node.name}"
        for source in python_files("src")
        for node in source.tree.body
        if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not silent, "\n".join(silent)


def test_nothing_is_left_for_later() -> None:
    left = [
        f"{source.name}:{number} {line.strip()}"
        for source in python_files("src", "tools")
        for number, line in enumerate(source.text.splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert not left, "\n".join(left)


def test_no_path_of_a_machine() -> None:
    texts = {source.name: source.text for source in python_files("src", "tools")}
    texts |= {named(path): path.read_text(encoding="utf-8") for path in prose()}
    found = [
        f"{name}:{number} {line.strip()}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if OF_A_MACHINE.search(line)
    ]
    assert not found, "\n".join(found)


def test_the_product_reads_nothing_beside_the_clone() -> None:
    found = [source.name for source in python_files("src") if "../shared" in source.text or "TWINCAL_SHARED" in source.text]
    assert not found, f"recorded data is for tests: {found}"


def test_the_core_imports_values_only() -> None:
    core = [source for source in python_files("src") if source.path.is_relative_to(ROOT / "src/twincal/core")]
    assert core
    allowed = PURE | OURS
    impure = {source.name: names for source in core if (names := {n for n in imported(source) if n.split(".")[0] not in allowed})}
    assert not impure


def test_imports_of_the_product_are_dependencies_of_the_product() -> None:
    declared = (ROOT / "requirements" / "runtime.in").read_text(encoding="utf-8").split("\n")
    modules = {name.strip().replace("-", "_") for name in declared if name and not name.startswith("#")}
    # Distributions whose module has another name, and modules that come along with one we name.
    modules |= {"argon2", "click", "dateutil", "joserfc", "jwt", "markupsafe", "pydantic"}
    strange = {
        source.name: others
        for source in python_files("src")
        if (others := {n.split(".")[0] for n in imported(source)} - modules - sys.stdlib_module_names - {"twincal"})
    }
    assert not strange, f"not in requirements/runtime.in: {strange}"


@pytest.mark.parametrize("line", ["/" + "work/main/x", "in /" + "tmp/demo", '"/' + 'home/ann/cal.ics"'])
def test_a_path_of_a_machine_would_be_noticed(line: str) -> None:
    assert OF_A_MACHINE.search(line)


@pytest.mark.parametrize("line", ["GET {base}/home/x", "https://host.example/tmp/x", "/users/{id}/calendarView"])
def test_a_path_of_an_address_is_not_one_of_a_machine(line: str) -> None:
    assert not OF_A_MACHINE.search(line)
