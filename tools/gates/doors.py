"""Doors: what runs other programs, runs text as code, or talks to a host without knowing who it is."""

import ast

from tools.gates.rule import Found, Rule, Source, calls, is_constant, keyword, modules

SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell"}
CODE = {"eval", "exec", "compile", "__import__", "builtins.eval", "builtins.exec", "importlib.import_module"}
LOADERS = {"pickle", "cPickle", "dill", "marshal", "shelve", "jsonpickle", "cloudpickle", "joblib"}
YAML = {"yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.unsafe_load_all", "yaml.full_load"}
MARKUP = {"xml", "lxml", "defusedxml", "xmltodict"}
UNVERIFIED = {"CERT_NONE", "CERT_OPTIONAL", "_create_unverified_context", "_create_stdlib_context", "wrap_socket"}
TRUSTING = {"verify", "verify_ssl", "ssl", "ssl_context", "check_hostname"}


def shells(source: Source) -> Found:
    """A shell, which reads words as commands."""
    for call, name in calls(source):
        shell = keyword(call, "shell")
        if name in SHELLS or (shell is not None and not is_constant(shell, False)):
            yield call.lineno, "a program is started with a list of words, without a shell"


def code_of_data(source: Source) -> Found:
    """Data that becomes code, or objects of any class."""
    for call, name in calls(source):
        if name in CODE or name in YAML:
            yield call.lineno, f"{name} makes code or objects out of text"
    for line, name in modules(source):
        if name.split(".")[0] in LOADERS:
            yield line, f"{name} makes objects of any class out of bytes"
        elif name.split(".")[0] in MARKUP:
            yield line, "nothing here reads XML: entities read files and fill the memory; see docs/security.md"


def unverified(source: Source) -> Found:
    """A host that is believed without its certificate, or credentials sent wherever an answer leads."""
    for call, name in calls(source):
        for one in call.keywords:
            if one.arg in TRUSTING and is_constant(one.value, False, None):
                yield call.lineno, "a certificate is always verified"
            elif one.arg in ("allow_redirects", "follow_redirects", "trust_env") and not is_constant(one.value, False):
                yield call.lineno, "an answer does not lead our token to another host"
        if name.endswith(("SSLContext", "._create_unverified_context")):
            yield call.lineno, "ssl.create_default_context() verifies; other contexts may not"
        if name.endswith((".request", ".get", ".post")) and "_opened" in name and keyword(call, "allow_redirects") is None:
            yield call.lineno, "an answer does not lead our token to another host: allow_redirects=False"
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in UNVERIFIED:
            yield node.lineno, "a certificate is always verified"
        elif isinstance(node, ast.Assign) and is_constant(node.value, False) and _sets(node, "check_hostname"):
            yield node.lineno, "the name in a certificate is always compared"


def _sets(node: ast.Assign, attribute: str) -> bool:
    return any(isinstance(target, ast.Attribute) and target.attr == attribute for target in node.targets)


def unproved(source: Source) -> Found:
    """A token that is read without its signature, or with whatever algorithm it asks for."""
    for call, name in calls(source):
        if name.endswith("jwt.decode"):
            named = keyword(call, "algorithms")
            if not isinstance(named, ast.List) or any(is_constant(one, "none") for one in named.elts):
                yield call.lineno, "jwt.decode names its algorithms in a list"
    for node in source.nodes:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "verify_signature" and not is_constant(value, True):
                    yield node.lineno, "a signature is always verified"


RULES = (
    Rule(
        code="shell",
        about="no program is started through a shell",
        rooms=("src/", "tools/", "tests/", "dev"),
        find=shells,
        canaries=(
            "subprocess.run(words, shell=True)",
            "subprocess.Popen(f'rm {name}', shell=1)",
            "run(words, shell=shell)",
            "os.system('ls')",
            "os.popen(name)",
            "asyncio.create_subprocess_shell(text)",
        ),
        calm=("subprocess.run(['ls', name])", "subprocess.run(words, shell=False)"),
    ),
    Rule(
        code="code",
        about="nothing that was read becomes code or objects",
        rooms=("src/", "dev"),
        find=code_of_data,
        canaries=(
            "eval(text)",
            "exec(compiled)",
            "yaml.load(text, Loader=yaml.Loader)",
            "import pickle",
            "from pickle import loads",
            "import marshal as m",
            "import shelve",
            "from lxml import etree",
            "import xml.etree.ElementTree as ET",
            "__import__(name)",
        ),
        calm=("re.compile(text)", "yaml.safe_load(text)", "self.eval(x)"),
    ),
    Rule(
        code="trust",
        about="certificates are verified, redirects not followed",
        rooms=("src/twincal/connectors/", "src/twincal/engine/", "src/twincal/web/", "src/twincal/wiring.py", "src/twincal/cli/"),
        find=unverified,
        canaries=(
            "httpx.AsyncClient(verify=False)",
            "session.get(url, ssl=False)",
            "TCPConnector(ssl=None)",
            "ssl._create_unverified_context()",
            "context.check_hostname = False",
            "context.verify_mode = ssl.CERT_NONE",
            "context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)",
            "session.get(url, allow_redirects=True)",
            "ClientSession(trust_env=True)",
            "self._opened().request(method, url)",
        ),
        calm=(
            "TCPConnector(ssl=_trust(ca_file) if ca_file else True)",
            "context = ssl.create_default_context()",
            "self._opened().request(method, url, allow_redirects=False)",
        ),
    ),
    Rule(
        code="proof",
        about="signed tokens are verified, by named algorithms",
        rooms=("src/",),
        find=unproved,
        canaries=(
            "jwt.decode(token, key)",
            "jwt.decode(token, key, algorithms=header['alg'])",
            "options = {'verify_signature': False}",
        ),
        calm=("jwt.decode(token, key, algorithms=['RS256'])",),
    ),
)
