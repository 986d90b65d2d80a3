"""What may be told: the log and the sentences of errors name things by ids and codes, never by what stands in an item."""

import ast
import re
from collections.abc import Iterator

from tools.gates.rule import Found, Rule, Source, calls, dotted, modules
from twincal.logs import FIELDS

LEVELS = {"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "msg", "log", "bind", "new"}
LOGGER = re.compile(r"(?:^|\.)_?(?:log(?:\(\))?|logger|logging|get_logger\(\)|getLogger\(\))$")
CONTENT = {
    "subject", "body", "text", "content", "html", "description", "place", "location", "people", "invitees", "attendees",
    "address", "addresses", "mailbox", "email", "organizer", "categories", "names", "what_name", "display_name",
    "secret", "secrets", "token", "access_token", "refresh_token", "password", "credential", "client_secret", "private_key",
    "authorization", "headers", "assertion",
}  # fmt: skip
"""Attributes and variables that hold what people wrote, who they are, or what opens a door."""
SECRETS = {
    "secret", "secrets", "token", "access_token", "refresh_token", "password", "credential", "client_secret", "private_key",
    "subject", "body", "html", "content", "assertion", "authorization",
}  # fmt: skip


def logged_content(source: Source) -> Found:
    """A line of the log with words that are not constant, a field that is not on the list, or a value that may hold content."""
    for call, name in calls(source):
        before, _, level = name.rpartition(".")
        if level not in LEVELS or not LOGGER.search(before):
            continue
        if level not in ("bind", "new") and not (call.args and isinstance(call.args[0], ast.Constant)):
            yield call.lineno, "what is logged begins with constant words"
        if len(call.args) > 1 or level == "exception":
            yield call.lineno, "values are logged by name; an exception by its kind and place"
        for one in call.keywords:
            if one.arg not in FIELDS:
                yield call.lineno, f"the log has no field {one.arg or '**'}: see FIELDS of twincal/logs.py"
            elif reason := _reveals(one.value, place=one.arg == "at"):
                yield call.lineno, reason


def _reveals(value: ast.expr, *, place: bool) -> str:
    """Why a value may not be logged; empty where it may. A `place` in the code is a file and a line."""
    for node in ast.walk(value):
        if isinstance(node, ast.JoinedStr) and not place:
            return "a value of the log is not put together from pieces"
        if isinstance(node, ast.Call) and dotted(node.func) in ("str", "repr", "vars", "format", "traceback.format_exc"):
            return "the words of an exception or a value may hold text of an item; log its kind"
        if (name := _last_name(node)) in CONTENT:
            return f"{name} is never logged"
    return "an exception is logged by its kind" if isinstance(value, ast.Name) and value.id in ("error", "exception", "exc") else ""


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def raised_content(source: Source) -> Found:
    """An error whose sentence holds what stands in an item, or what opens a door."""
    for node in source.nodes:
        if not isinstance(node, ast.Raise) or node.exc is None:
            continue
        for piece in _pieces(node.exc):
            if (name := _last_name(piece)) in SECRETS:
                yield node.lineno, f"{name} does not belong into the words of an error"


def _pieces(raised: ast.expr) -> Iterator[ast.expr]:
    """What is put into the words of an exception."""
    for node in ast.walk(raised):
        if isinstance(node, ast.FormattedValue):
            yield node.value
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            yield node.right
            yield node.left


def other_logs(source: Source) -> Found:
    """Another way to tell than the one log, past its rules."""
    for line, name in modules(source):
        if name.split(".")[0] in ("logging", "structlog", "warnings", "pprint"):
            yield line, "what is told goes through twincal.logs"
    for call, name in calls(source):
        if name in ("print", "pprint", "sys.stderr.write", "sys.stdout.write", "faulthandler.enable", "breakpoint") or TRACE.match(
            name
        ):
            yield call.lineno, "what is told goes through twincal.logs"


TRACE = re.compile(r"traceback\.(?:print|format)_")
QUIET = (
    "src/twincal/connectors/",
    "src/twincal/core/",
    "src/twincal/engine/",
    "src/twincal/store/",
    "src/twincal/web/",
    "src/twincal/wiring.py",
)

RULES = (
    Rule(
        code="log",
        about="no text of an item, no address, no secret in the log",
        rooms=("src/",),
        find=logged_content,
        canaries=(
            'log().info("seen", subject=item.subject)',
            'log().info(f"seen {item.id}")',
            'log().info("seen", item=item.subject)',
            'log().warning("failed", error=str(error))',
            'log().warning("failed", error=error)',
            'log().debug("sent", code=token)',
            'log().debug("sent", reason=f"{x}")',
            'log().debug("sent", **values)',
            'log().debug("sent", body=body)',
            'logger.info("seen %s", item)',
            'logging.getLogger("x").error("failed", reason=reply.headers)',
            'logger.exception("failed")',
            'self._log.info("seen", item=person.mailbox)',
            "log().bind(attendees=people)",
        ),
        calm=(
            'log().warning("cycle failed", person=person.id, fault=fault.code.value)',
            'log().error("broke off", error=type(error).__name__, at=_place(error))',
            "self._log.append((owner, item))",
        ),
    ),
    Rule(
        code="words",
        about="no text of an item, no secret in an error",
        rooms=("src/",),
        but=("src/twincal/sandbox/",),
        find=raised_content,
        canaries=(
            'raise WrongInput(f"The event {item.subject} is odd.", "")',
            'raise ValueError("bad token " + token)',
            'raise ValueError("bad %s" % secret)',
            'raise VendorFault(side, code, f"{reply.body!r}")',
        ),
        calm=('raise WrongInput(f"{side.phrase} refuses.", "Connect it.")', "raise fault_of(reply.status, reply.body)"),
    ),
    Rule(
        code="voice",
        about="one log, so that its rules hold for everything",
        rooms=QUIET,
        find=other_logs,
        canaries=(
            "import logging",
            "from structlog import get_logger",
            "text = traceback.format_exc()",
            "print(item)",
            "sys.stderr.write(text)",
        ),
        calm=("from twincal.logs import log", "console.print(text)"),
    ),
)
