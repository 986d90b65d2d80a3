"""Queries: a value gets into SOQL, into an OData filter, into a path or into SQL by its one helper, or not at all."""

import ast
import re

from tools.gates.rule import Found, Rule, Source, called, calls, keyword
from tools.gates.slots import Slot, slots

SOQL_VALUES = {"quoted", "part", "one_of", "one_of_ids", "record_id", "moment", "day"}
COMPARED = re.compile(r"(?:\s(?:=|!=|<>|<|>|<=|>=|IN|NOT IN|LIKE|INCLUDES|EXCLUDES)\s*\(?\s*'?%?|\b[A-Z]\w*(?:=|<|>)\s*)$")
STATEMENT = re.compile(r"^\s*(?:SELECT|FIND)\s", re.IGNORECASE)
COMPARISON = re.compile(r"^\s*(?:=|!=|<>|<|>|<=|>=|IN|NOT IN|LIKE|INCLUDES)[\s(\0]")
ODATA_VALUES = {"literal", "zulu"}
ODATA_COMPARED = re.compile(r"(?:%20|\s|\()(?:eq|ne|gt|ge|lt|le)(?:%20|\s)+'?$|(?:startswith|endswith|contains)\([^)]*'?$")
GRAPH_SEGMENT = re.compile(r"/(?:users|events|calendars|messages)/$")
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
LOCAL_TEXT = (ast.JoinedStr, ast.Constant)


def soql_outside(source: Source) -> Found:
    """Values in SOQL that no helper wrote, and statements that `select` did not put together."""
    for slot in slots(source):
        if COMPARED.search(slot.left) and slot.made_by not in SOQL_VALUES and not _is_escaped(slot, source):
            yield slot.line, "a value gets into SOQL without quoted, one_of, record_id, moment or day of soql.py"
        elif slot.left.endswith("'") and slot.right.startswith("'"):
            yield slot.line, "quotes around a value are set by quoted() of soql.py alone"
        elif COMPARISON.search(slot.right) and not slot.name.rsplit(".", 1)[-1].isupper():
            yield slot.line, "the field compared is a constant of the code"
        elif STATEMENT.search(slot.left):
            yield slot.line, "a statement is put together by select() of soql.py alone"
    for call, name in calls(source):
        given = keyword(call, "soql") if name.endswith("Query") else None
        if given is not None and not _is_selected(given, source):
            yield call.lineno, "the statement of a Query comes from select() of soql.py"


def _is_escaped(slot: Slot, source: Source) -> bool:
    """Is it a variable that nothing but a helper has filled?"""
    held = _held(slot.name, slot.line, source)
    return bool(held) and all(called(value).rsplit(".", 1)[-1] in SOQL_VALUES for value in held)


def _is_selected(given: ast.expr, source: Source) -> bool:
    """Is it the answer of `select`, or of a function of this file that answers with one, or a variable that holds one?"""
    if isinstance(given, ast.Call):
        return called(given) == "select" or _made_here(called(given), source)
    if not isinstance(given, ast.Name):
        return False
    held = _held(given.id, given.lineno, source)
    return bool(held) and all(called(value) == "select" for value in held)


def _held(name: str, line: int, source: Source) -> list[ast.expr]:
    """What a variable may hold at a line: everything that its function assigns to it."""
    around = [node for node in source.nodes if isinstance(node, FUNCTION) and node.lineno <= line <= (node.end_lineno or 0)]
    place = max(around, key=lambda node: node.lineno, default=source.tree)
    return [node.value for node in ast.walk(place) if isinstance(node, ast.Assign) and _assigns(node, name)]


def _made_here(name: str, source: Source) -> bool:
    functions = [node for node in source.nodes if isinstance(node, ast.FunctionDef) and node.name == name]
    answers = [one.value for each in functions for one in ast.walk(each) if isinstance(one, ast.Return)]
    return bool(answers) and all(value is not None and called(value) == "select" for value in answers)


def _assigns(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def odata_outside(source: Source) -> Found:
    """Values in a filter that `literal` did not write, and ids in a path that `segment` did not."""
    for slot in slots(source):
        if ODATA_COMPARED.search(slot.left) and slot.made_by not in ODATA_VALUES:
            yield slot.line, "a value gets into a filter without literal() of client.py"
        elif slot.left.endswith(("$filter=", "$search=", "$orderby=")) and not _is_local(slot, source):
            yield slot.line, "a filter is text of this function, its values by literal()"
        elif GRAPH_SEGMENT.search(slot.left) and slot.made_by != "segment":
            yield slot.line, "an id gets into a path without segment() of client.py"


def _is_local(slot: Slot, source: Source) -> bool:
    held = _held(slot.name, slot.line, source)
    return bool(held) and all(isinstance(value, LOCAL_TEXT) for value in held)


def sql_of_text(source: Source) -> Found:
    """SQL in words that is not a constant."""
    for call, name in calls(source):
        last = name.rsplit(".", 1)[-1]
        if last not in ("text", "exec_driver_sql", "executescript", "literal_column") or not call.args:
            continue
        if not _settled(call.args[0]):
            yield call.lineno, "SQL in words is a constant; values are bound"


def _settled(words: ast.expr) -> bool:
    """Is it a constant of the code, or one of two?"""
    if isinstance(words, ast.IfExp):
        return _settled(words.body) and _settled(words.orelse)
    return isinstance(words, ast.Constant) or (isinstance(words, ast.Name) and words.id.isupper())


SALESFORCE, GRAPH = "src/twincal/connectors/salesforce/", "src/twincal/connectors/graph/"

RULES = (
    Rule(
        code="soql",
        about="SOQL only through the one escaping helper",
        rooms=(SALESFORCE, "src/twincal/engine/", "src/twincal/wiring.py", "src/twincal/web/"),
        but=(f"{SALESFORCE}soql.py",),
        find=soql_outside,
        canaries=(
            'where = f"Email = {address}"',
            "where = f\"Email = '{address}'\"",
            "where = f\"Name LIKE '%{text}%'\"",
            'where = "Email IN " + listed',
            'where = "OwnerId = %s" % owner',
            'where = "OwnerId = {}".format(owner)',
            'where = f"OwnerId={owner}"',
            'where = f"OwnerId IN ({ids})"',
            'where = f"{field} = {quoted(text)}"',
            'soql = f"SELECT {columns} FROM Event"',
            'Query(soql=f"SELECT Id FROM Event", pages=EVENTS)',
            "Query(soql=given, pages=EVENTS)",
            'def f(x):\n    text = x\n    text = quoted(x)\n    where = f"Email = {text}"',
        ),
        calm=(
            'where = f"Email IN {one_of(addresses)}"',
            'where = f"SystemModstamp >= {soql.moment(at)}"',
            'where = f"(({timed}) OR ({whole}))"',
            'def f(x):\n    text = quoted(x)\n    where = f"Email = {text}"',
            'path = f"query?q={quote_plus(statement)}"',
            'soql = select("Id", "Event", where)\nQuery(soql=soql, pages=EVENTS)',
        ),
    ),
    Rule(
        code="odata",
        about="filters and paths of Graph only through their helpers",
        rooms=(GRAPH, "src/twincal/engine/", "src/twincal/web/"),
        find=odata_outside,
        canaries=(
            "path = f\"/events?$filter=subject eq '{subject}'\"",
            'path = "/events?$filter=id%20eq%20" + mark',
            "path = f\"/events?$filter=startswith(subject,'{text}')\"",
            'path = f"/events?$filter={given}"',
            'path = f"/users/{mailbox}/events"',
            'path = f"/users/{segment(mailbox)}/events/{ident}"',
        ),
        calm=(
            'path = f"/events?$filter=id%20eq%20{literal(mark)}"',
            'path = f"/users/{segment(mailbox)}/events/{segment(one)}"',
        ),
    ),
    Rule(
        code="sql",
        about="SQL in words is constant",
        rooms=("src/twincal/store/", "src/twincal/engine/", "src/twincal/web/", "src/twincal/cli/"),
        find=sql_of_text,
        canaries=(
            "connection.execute(text(f\"SELECT 1 FROM item WHERE id = '{ident}'\"))",
            'connection.execute(sa.text("DELETE FROM " + table))',
            'connection.exec_driver_sql("PRAGMA x = %s" % value)',
        ),
        calm=('connection.execute(text("SELECT 1"))',),
    ),
)
