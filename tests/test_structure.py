"""The repository keeps its shape: what no linter checks. Import order is in `make check`."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
import warnings
from functools import cache
from pathlib import Path

import pytest

import buffycoat

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "buffycoat"
MODULES = sorted(SOURCE.rglob("*.py"))
INITS = [path for path in MODULES if path.name == "__init__.py" and path.parent != SOURCE]
PUBLIC = [path for path in MODULES if not path.name.startswith("_")]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

FORBIDDEN_NAMES = {"base", "common", "core", "helpers", "manager", "misc", "utils"}
MAX_FILE, LONG_FILE = 300, 150
MAX_FUNCTION, LONG_FUNCTION = 40, 25
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache  # most files are asked for by four tests
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions_in(path: Path) -> list[Function]:
    return [node for node in ast.walk(parse(path)) if isinstance(node, Function)]


def tracked_files() -> list[Path]:
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: which files are tracked is unknown")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def lines_matching(pattern: str) -> list[str]:
    """Place and text of each line in a tracked text file that the pattern is found in."""
    found = []
    for path in tracked_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{name_of(path)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(lines, start=1)
            if re.search(pattern, line)
        ]
    return found


@pytest.mark.parametrize("path", INITS, ids=name_of)
def test_a_package_init_holds_a_docstring_alone(path):
    tree = parse(path)
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1, "import from the file that defines a thing"


def test_no_module_has_a_name_that_says_nothing():
    places = [*MODULES, *SOURCE.rglob("*/"), *TESTS]
    assert not [name_of(path) for path in places if path.stem in FORBIDDEN_NAMES]


def test_packages_are_at_most_two_levels_deep():
    assert not [name_of(path) for path in MODULES if len(path.relative_to(SOURCE).parts) > 3]


def constants_classes_functions(name: str) -> tuple[int, str]:
    """The order of `__all__`: NAMES, then Names, then names, each by the alphabet."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("path", PUBLIC, ids=name_of)
def test_a_public_module_says_what_it_exports(path):
    exported, defined = None, set()
    for node in parse(path).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                exported = ast.literal_eval(value)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                defined.add(name)
            case ast.Assign() | ast.AnnAssign():
                defined |= {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            case ast.ImportFrom(names=names):
                defined |= {alias.asname or alias.name for alias in names}
    assert exported is not None, "the module has no __all__"
    assert exported == sorted(set(exported), key=constants_classes_functions)
    assert not set(exported) - defined, "exported, but not there"


def test_the_public_names_are_few_sorted_and_there():
    names = buffycoat.__all__
    assert names == sorted(names, key=constants_classes_functions)
    assert len(names) <= 25
    assert not [name for name in names if getattr(buffycoat, name, None) is None]


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, buffycoat; print(*sorted({'torch', 'polars', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == ""


def code_lines(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function):
        lines -= (function.body[0].end_lineno or 0) - function.body[0].lineno + 1
    return lines


def warn_of(what: str, long: dict[str, int]) -> None:
    if long:
        worst = sorted(long.items(), key=lambda item: -item[1])
        listed = ", ".join(f"{name} ({n})" for name, n in worst)
        warnings.warn(f"{len(long)} {what}: {listed}", stacklevel=2)


def test_files_are_short():
    sizes = {name_of(path): len(path.read_bytes().splitlines()) for path in [*MODULES, *TESTS]}
    warn_of(f"files of over {LONG_FILE} lines", {k: n for k, n in sizes.items() if n > LONG_FILE})
    assert not {name: n for name, n in sizes.items() if n > MAX_FILE}


def test_functions_are_short():
    sizes = {
        f"{name_of(path)}:{function.name}": code_lines(function)
        for path in [*MODULES, *TESTS]
        for function in functions_in(path)
    }
    long = {name: n for name, n in sizes.items() if n > LONG_FUNCTION}
    warn_of(f"functions of over {LONG_FUNCTION} lines", long)
    assert not {name: n for name, n in sizes.items() if n > MAX_FUNCTION}


def asserts(function: Function) -> bool:
    """Whether it asserts, expects an error or warning, or calls an `assert_...` function."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rsplit(".", 1)[-1]
            if called in {"raises", "warns", "fail"} or called.startswith("assert_"):
                return True
    return False


def test_every_test_asserts_something():
    tests = [(path, f) for path in TESTS for f in functions_in(path) if f.name.startswith("test_")]
    assert not [f"{name_of(path)}:{f.name}" for path, f in tests if not asserts(f)]


def test_nothing_is_left_to_be_done_later():
    assert not lines_matching(r"\b(TO" + r"DO|FIX" + r"ME)\b")


def test_no_file_knows_a_folder_of_one_machine():
    assert not lines_matching(r"(?<![\w.~}])/(home|root|Us" + r"ers|work|workspace)/\w")


def imported_packages(path: Path) -> set[str]:
    nodes = list(ast.walk(parse(path)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"buffycoat"}


def test_every_imported_package_is_a_declared_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project.get("optional-dependencies", {}).values()
    wanted = [*project["dependencies"], *(name for extra in extras for name in extra)]
    declared = {re.match(r"[\w-]+", text)[0].lower().replace("_", "-") for text in wanted}
    owners = importlib.metadata.packages_distributions()
    for path in MODULES:
        for package in imported_packages(path):
            owned_by = {name.lower().replace("_", "-") for name in owners.get(package, [package])}
            assert owned_by & declared, f"{name_of(path)} imports {package}"
