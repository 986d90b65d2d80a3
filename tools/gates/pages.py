"""Web pages: whatever stands in an item is text there, never markup."""

import ast
import re

from tools.gates.rule import Found, Rule, Source, called, calls, is_constant, keyword

UNSAFE = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false|<script(?![^>]*\bsrc=)|\son\w+\s*=\s*[\"']|javascript:", re.IGNORECASE)
TEMPLATES = (".j2", ".jinja", ".jinja2", ".tmpl", ".mako")
MARKUP = {"Markup", "mark_safe", "HTMLResponse", "Template", "from_string"}


def unescaped(source: Source) -> Found:
    """An environment that does not escape, or text that is called markup."""
    for call, name in calls(source):
        last = name.rpartition(".")[2]
        escape = keyword(call, "autoescape")
        if last in ("Environment", "SandboxedEnvironment") and (escape is None or is_constant(escape, False)):
            yield call.lineno, "an environment of pages escapes: autoescape=True"
        elif escape is not None and is_constant(escape, False):
            yield call.lineno, "autoescape is never off"
        elif last in MARKUP and call.args and not _is_page(call.args[0]):
            yield call.lineno, f"{last} of what is no constant: text of an item would be markup"


def _is_page(given: ast.expr) -> bool:
    """Is it a constant, or what a template made?"""
    return isinstance(given, ast.Constant) or called(given).rpartition(".")[2] == "render"


def unsafe_pages(source: Source) -> Found:
    """A page that lets text through as markup, or that runs what stands in it."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if UNSAFE.search(line):
            yield number, "a page escapes everything, and holds no script of its own"


def odd_names(source: Source) -> Found:
    """A template whose name keeps jinja from escaping in it: select_autoescape looks at the end of the name."""
    yield 1, f"a template ends in .html, not as {source.name} does"


RULES = (
    Rule(
        code="escape",
        about="pages escape",
        rooms=("src/",),
        find=unescaped,
        canaries=(
            "Environment(loader=loader)",
            "jinja2.Environment(autoescape=False)",
            "Markup(item.subject)",
            "HTMLResponse(f'<b>{subject}</b>')",
            "environment.from_string(text)",
            "Jinja2Templates(directory='pages', autoescape=False)",
        ),
        calm=(
            "Environment(loader=loader, autoescape=True)",
            "Markup('<br>')",
            "HTMLResponse(self._renderer.render(template, values), status)",
        ),
    ),
    Rule(
        code="page",
        about="no page lets text through as markup",
        rooms=("src/",),
        suffix=".html",
        find=unsafe_pages,
        canaries=(
            "<p>{{ item.subject|safe }}</p>",
            "<p>{{ item.subject | safe }}</p>",
            "{% autoescape false %}",
            "<script>alert(1)</script>",
            '<a onclick="go()">',
            '<a href="javascript:go()">',
        ),
        calm=("<p>{{ item.subject }}</p>", '<script src="/static/app.js" defer></script>'),
    ),
    Rule(
        code="template",
        about="templates are named so that they escape",
        rooms=("src/",),
        suffix=TEMPLATES,
        but=("src/twincal/store/migrations/",),
        find=odd_names,
        canaries=("{{ item.subject }}",),
    ),
)
