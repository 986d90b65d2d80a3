"""Files that can be read in one sitting, functions that fit a screen, rooms whose names say what lives there."""

import ast

from tests.house.sources import python_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
# File name → lines it may have until it is taken apart. Only ever shrinks; an entry that is no longer needed fails.
RATCHET: dict[str, int] = {}
NAMELESS = {"utils", "util", "helpers", "helper", "misc", "common", "stuff"}


def test_no_file_outgrows_its_story() -> None:
    lengths = {source.name: source.text.count("\n") for source in python_files()}
    too_long = {name: lines for name, lines in lengths.items() if lines > RATCHET.get(name, LONGEST_FILE)}
    assert not too_long, f"more than {LONGEST_FILE} lines: {too_long}"


def test_the_ratchet_holds_only_what_still_needs_it() -> None:
    lengths = {source.name: source.text.count("\n") for source in python_files()}
    idle = [name for name in RATCHET if lengths.get(name, 0) <= LONGEST_FILE]
    assert not idle, f"short enough now, take off the list: {idle}"


def test_no_function_outgrows_a_screen() -> None:
    too_long = [
        f"{source.name}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for source in python_files()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.end_lineno is not None and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert not too_long, "\n".join(too_long)


def test_no_room_is_named_after_nothing() -> None:
    nameless = [source.name for source in python_files() if NAMELESS & {source.path.stem, *source.path.parent.parts[-2:]}]
    assert not nameless, f"a file is named by what lives in it: {nameless}"
