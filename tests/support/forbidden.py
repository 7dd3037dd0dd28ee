"""Finds, in source text, the calls that could run what a file or a stranger says."""

import ast

MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "jsonpickle"}
"""Formats that are programs."""
BUILTINS = {"eval", "exec", "compile", "__import__"}
CALLS = {
    "torch.load", "torch.hub.load", "joblib.load", "pd.read_pickle", "pandas.read_pickle", "pd.eval", "os.system",
    "os.popen", "os.execv", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "yaml.unsafe_load_all",
    "yaml.full_load_all", "subprocess.getoutput", "subprocess.getstatusoutput", "tarfile.open", "ast.literal_eval",
}  # fmt: skip
LOADER = "_PlainLoader"
"""The one YAML loader that is not one of PyYAML's own safe ones; it is derived from one."""


def forbidden(source: str) -> list[str]:
    """Return what is forbidden in the text, with the lines."""
    return [
        f"line {getattr(node, 'lineno', 0)}: {what}"
        for node in ast.walk(ast.parse(source))
        if (what := _forbidden(node))
    ]


def _forbidden(node: ast.AST) -> str:
    match node:
        case ast.Import(names=names):
            return next((alias.name for alias in names if alias.name.partition(".")[0] in MODULES), "")
        case ast.ImportFrom(module=str(module), names=names):
            full = [module, *(f"{module}.{alias.name}" for alias in names)]
            return next((name for name in full if name.partition(".")[0] in MODULES or name in CALLS), "")
        case ast.Call():
            return _forbidden_call(node)
    return ""


def _forbidden_call(call: ast.Call) -> str:
    name, given = ast.unparse(call.func), {word.arg: ast.unparse(word.value) for word in call.keywords}
    if name in CALLS | BUILTINS:
        return name
    if name in {"np.load", "numpy.load"} and given.get("allow_pickle") != "False":
        return f"{name} without allow_pickle=False"
    if given.get("allow_pickle", "False") != "False":
        return "allow_pickle"
    if name == "yaml.load" and given.get("Loader") not in {LOADER, "yaml.SafeLoader", "yaml.CSafeLoader"}:
        return "yaml.load without a safe loader"
    if given.get("shell", "False") != "False":
        return "shell"
    return ""
