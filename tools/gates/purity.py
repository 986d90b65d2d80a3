"""Purity: what decides reads no clock, draws no number, starts nothing. The engine's time and chance come in as well."""

import ast
from collections.abc import Iterator

from tools.gates.rule import Found, Rule, Source, calls, modules

WORLDLY = {
    "asyncio", "concurrent", "contextvars", "ctypes", "fcntl", "http", "io", "logging", "multiprocessing", "os", "pathlib",
    "platform", "queue", "random", "secrets", "select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys",
    "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
NOW = {"now", "utcnow", "today"}
DATES = ("datetime", "date")
CHANCE = {"uuid4", "uuid1", "urandom", "token_bytes", "token_hex", "getrandbits", "SystemRandom"}
FLIGHT = {"asyncio.gather", "asyncio.create_task", "asyncio.ensure_future", "asyncio.sleep", "asyncio.wait", "asyncio.TaskGroup"}


def worldly(source: Source) -> Found:
    """The world, in code that has to say the same twice."""
    for line, name in modules(source):
        if name.split(".")[0] in WORLDLY:
            yield line, f"the core does not know {name}: what it needs comes in as an argument"
    yield from clocks(source)
    for node in source.nodes:
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.Global):
            yield node.lineno, "the core waits for nothing and remembers nothing"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("open", "input", "hash", "id"):
            yield node.lineno, f"{node.func.id}() does not say the same in every process"


def clocks(source: Source) -> Found:
    """The clock of the machine, or its chance."""
    plain = [node for node in source.nodes if isinstance(node, ast.Import)]
    handed = {node for each in source.nodes if isinstance(each, ast.arguments) for node in _defaults(each)}
    drawing = {alias.asname or alias.name for node in plain for alias in node.names} & {"random", "secrets"}
    for call, name in calls(source):
        before, _, last = name.rpartition(".")
        if call in handed:
            continue
        if last in NOW and before.rpartition(".")[2] in DATES:
            yield call.lineno, "the time comes in through the port Clock"
        elif last in CHANCE or before in drawing:
            yield call.lineno, "chance comes in as an argument"
        elif name in ("time.time", "time.monotonic", "time.sleep", "time.perf_counter"):
            yield call.lineno, "the time comes in through the port Clock"


def _defaults(arguments: ast.arguments) -> Iterator[ast.AST]:
    """What stands in where nothing is handed over: it is an argument nevertheless, and a test hands over its own."""
    for default in (*arguments.defaults, *arguments.kw_defaults):
        if isinstance(default, ast.Lambda):
            yield from ast.walk(default.body)


def flights(source: Source) -> Found:
    """Time or chance of the machine, or tasks of its own, in an engine that a scheduler has to own."""
    yield from clocks(source)
    for call, name in calls(source):
        if name in FLIGHT:
            yield call.lineno, f"{name} takes the order of things out of the scheduler's hand"


RULES = (
    Rule(
        code="pure",
        about="the core knows no world",
        rooms=("src/twincal/core/",),
        find=worldly,
        canaries=(
            "import time",
            "from random import shuffle",
            "import os.path",
            "from uuid import uuid4",
            "import asyncio",
            "now = datetime.now(UTC)",
            "day = datetime.date.today()",
            "ident = uuid.uuid4()",
            "async def decide(): pass",
            "text = open(path)",
            "key = hash(text)",
        ),
        calm=("from datetime import datetime", "import re", "plan.id(x)"),
    ),
    Rule(
        code="order",
        about="the engine's time, chance and order come from outside",
        rooms=("src/twincal/engine/",),
        but=("src/twincal/engine/clock.py",),
        find=flights,
        canaries=(
            "await asyncio.gather(*all)",
            "asyncio.create_task(one())",
            "await asyncio.sleep(1)",
            "now = datetime.now(UTC)",
            "mark = uuid4().hex",
            "import random\npause = random.random()",
            "def one(at=uuid4()): pass",
            "begun = time.monotonic()",
        ),
        calm=(
            "await clock.sleep(1)",
            "now = clock.now()",
            "def one(*, token=lambda: secrets.token_hex()): pass",
            "from random import Random\nrandom: Random\npause = random.random()",
        ),
    ),
)
