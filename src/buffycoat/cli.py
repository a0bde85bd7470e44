"""The command line: a command's name leads to its function, whose signature is its flags."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import traceback
import types
import typing
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from buffycoat import __version__
from buffycoat.errors import (
    BuffycoatError,
    BuffycoatWarning,
    SettingError,
    UnknownNameError,
    named_line,
)

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "run": ("running", "run", "do the whole job, with choices made from the data"),
    "demo": ("drawing", "demo", "do the whole job on cells that Buffycoat draws itself"),
    "fetch": ("fetching", "fetch", "download a public data set, or list them"),
    "import": ("importing", "import_samples", "images to a sample table"),
    "audit": ("auditing", "audit_samples", "checks of the images: scores and flags"),
    "exclude": ("excluding", "exclude_samples", "what a person decided on single images"),
    "standardise": ("standardising", "standardise", "scale, white and stain of the smears"),
    "split": ("splitting", "split_samples", "training, validation and test rows by whole groups"),
    "export-samples": ("exporting", "export_samples", "a cleaned set for any other program"),
    "augment-preview": ("previewing", "preview_augmentations", "what augmentation does to cells"),
    "train": ("training", "train", "split table to a run folder"),
    "sweep": ("sweeping", "sweep", "train every combination of settings"),
    "search architecture": (
        "architecture_search.searching",
        "search_architecture",
        "a network, chosen from a space of them",
    ),
    "search settings": ("settings_search.settings", "search_settings", "settings that train best"),
    "predict": ("predicting", "predict", "classify new images with a run"),
    "ensemble": ("ensembling", "ensemble", "several runs that answer together"),
    "embed": ("embedding", "embed", "features of a table's images"),
    "evaluate": ("evaluating", "evaluate", "figures with intervals, and the page"),
    "report": ("evaluating", "write_report", "the same figures as a page, JSON or CSV"),
    "robustness": ("distorting", "robustness", "what is left of the accuracy on distorted images"),
    "bundle": ("bundling", "bundle", "a run as a zip that answers without Buffycoat"),
    "bundle-check": ("bundle_checking", "bundle_check", "try such a zip, confined, on odd inputs"),
    "compare": ("comparing", "compare", "runs or predictions against each other, on the same rows"),
    "crosslab": ("crossing", "crosslab", "runs on the images of other laboratories"),
    "adapt": ("adapting", "adapt", "make a run fit for another laboratory's images"),
    "models": ("listing", "list_models", "the networks, or one network's layers"),
    "recipes": ("listing", "list_recipes", "the recipes, or one recipe's text"),
    "cache": ("listing", "cache", "the stores of decoded images"),
}
"""Command name → file in `pipeline`, function, what it is for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    0 comes back when it went well, 2 for a mistake of the user, 130 when it was interrupted, 1 for
    a mistake of ours; with BUFFYCOAT_TRACEBACK=1 in the environment that one shows where it was.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    # OpenMP's threads wait by spinning. Where one other program runs, the thread that spins keeps
    # away the one that it waits for: a training step took 3.8 s so, and 1.3 s with this many
    # spins before a thread sleeps. Alone it costs 5%. Read when torch is imported.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    warnings.showwarning = _show_warning
    try:
        return _dispatch(given)
    except BuffycoatError as error:
        _complain(str(error))
        return 2
    except KeyboardInterrupt:
        _complain("interrupted; nothing half-written was left")
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:
        _complain(_unforeseen(error))
        return 1


def _complain(said: str) -> None:
    """Print a message of ours; what a file is called cannot command the terminal."""
    from buffycoat.pipeline.console import printable

    print(f"buffycoat: {printable(said)}", file=sys.stderr)


def _unforeseen(error: Exception) -> str:
    if os.environ.get("BUFFYCOAT_TRACEBACK") == "1":
        return "".join(traceback.format_exception(error)).rstrip()
    said = f"this should not have happened ({named_line(error)})"
    return f"{said}; please report it, with what BUFFYCOAT_TRACEBACK=1 before the command shows"


def _dispatch(given: list[str]) -> int:
    if not given or given[0] in ("-h", "--help"):
        print(_overview())
        return 0
    if given[0] == "--version":
        print(f"buffycoat {__version__}")
        return 0
    name, flags = _named(given)
    _run_command(name, _without_plugins(flags))
    return 0


def _named(given: list[str]) -> tuple[str, list[str]]:
    """The command, of one word or two, and what follows it."""
    for n in (1, 2):
        if (name := " ".join(given[:n])) in COMMANDS:
            return name, given[n:]
    is_first = any(command.startswith(f"{given[0]} ") for command in COMMANDS)
    raise UnknownNameError("command", " ".join(given[: 1 + is_first]), COMMANDS)


def _without_plugins(arguments: list[str]) -> list[str]:
    """The flags without each `--plugin FILE.py`, whose file is run here, before flags are read."""
    while True:
        rest, file = _taken(arguments, "--plugin", keep=False)
        if file is None:
            break
        from buffycoat.plugin_files import load_plugin

        load_plugin(file)
        arguments = rest
    if "--plugin" in arguments:
        raise SettingError("--plugin needs a file: --plugin FILE.py")
    return arguments


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {said}" for name, (_, _, said) in COMMANDS.items()]
    return "\n".join(
        [
            "Buffycoat: from images of single blood cells to a classifier that can be trusted.",
            "For research; not a medical device.",
            "",
            "usage: buffycoat COMMAND [--help] ...",
            "",
            *lines,
        ]
    )


def _run_command(name: str, arguments: list[str]) -> None:
    import tyro

    file, function, _ = COMMANDS[name]
    command = getattr(importlib.import_module(f"buffycoat.pipeline.{file}"), function)
    arguments, defaults = _recipe_defaults(command, arguments)
    rules = tyro.constructors.ConstructorRegistry()
    rules.primitive_rule(_choice_rule)
    with rules:
        tyro.cli(
            _flat(command, defaults),
            prog=f"buffycoat {name}",
            description=_description(command, name),
            args=arguments,
            config=(tyro.conf.OmitArgPrefixes,),
        )


def _recipe_defaults(
    command: Callable[..., Any], arguments: list[str]
) -> tuple[list[str], dict[str, Any]]:
    """The flags without `--recipe`, and the settings that a recipe or `--like` starts from."""
    if command.__name__ not in ("train", "sweep", "search_settings"):
        return arguments, {}
    from buffycoat.pipeline.loading import announce_model_file, train_settings
    from buffycoat.runs import open_run
    from buffycoat.training.recipe import read_recipe
    from buffycoat.training.settings import TrainSettings

    settings = TrainSettings()
    arguments, like = _taken(arguments, "--like", keep=command.__name__ == "train")
    if like:
        run = open_run(Path(like))
        settings = train_settings(run)
        announce_model_file(run)
    arguments, recipe = _taken(arguments, "--recipe", keep=False)
    if recipe:
        settings = read_recipe(recipe, settings)
    return arguments, {"settings": settings}


def _taken(arguments: list[str], flag: str, *, keep: bool) -> tuple[list[str], str | None]:
    for i, argument in enumerate(arguments):
        if argument.startswith(f"{flag}="):
            rest = arguments if keep else arguments[:i] + arguments[i + 1 :]
            return rest, argument.partition("=")[2]
        if argument == flag and i + 1 < len(arguments):
            rest = arguments if keep else arguments[:i] + arguments[i + 2 :]
            return rest, arguments[i + 1]
    return arguments, None


def _description(command: Callable[..., Any], name: str) -> str:
    said = inspect.getdoc(command) or ""
    said = said.split("\n\nArgs:")[0]
    if name in ("train", "sweep", "search settings"):
        said += "\n\n--recipe NAME starts from a recipe (see `buffycoat recipes`) or a TOML file."
    if name in ("sweep", "search settings"):
        said += "\n\n--like RUN starts from the settings of a run."
    return (
        f"{said}\n\n--plugin FILE.py runs a file of yours that adds to what can be chosen by name."
    )


def _flat(command: Callable[..., Any], defaults: dict[str, Any]) -> Callable[..., None]:
    """The command with its settings spread out as flags of their own."""
    signature = inspect.signature(command, eval_str=True)
    parameters = [_parameter(p, defaults) for p in signature.parameters.values()]

    def called(*args: Any, **kwargs: Any) -> None:
        command(*args, **kwargs)

    called.__doc__ = command.__doc__
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {p.name: p.annotation for p in parameters}
    return called


_SPREAD = ("settings", "freezing", "search", "engine")
"""Parameters whose fields are flags of their own."""


def _parameter(parameter: inspect.Parameter, defaults: dict[str, Any]) -> inspect.Parameter:
    import tyro

    kind = _from_files(parameter.annotation)
    default = defaults.get(parameter.name, parameter.default)
    if parameter.name in _SPREAD and default is None:
        default = kind()
    if parameter.name in _SPREAD:
        kind = Annotated[kind, tyro.conf.arg(name="")]
    if parameter.name.endswith("_"):  # as Python writes a name that is a word of its own
        kind = Annotated[kind, tyro.conf.arg(name=parameter.name.removesuffix("_"))]
    if parameter.name == "vary":
        kind = Annotated[kind, tyro.conf.UseAppendAction]
    return parameter.replace(annotation=kind, default=default)


def _from_files(annotation: Any) -> Any:
    """What the command line gives for a parameter that also takes a table or nothing."""
    if isinstance(annotation, types.UnionType):
        inner = [a for a in typing.get_args(annotation) if a.__name__ != "SampleTable"]
        given = [a for a in inner if a is not types.NoneType]
        if hasattr(given[0], "__dataclass_fields__") and given[0].__name__ != "Choice":
            return given[0]
        return typing.Union[tuple(inner)]  # noqa: UP007
    return annotation


def _choice_rule(info: Any) -> Any:
    import tyro

    from buffycoat.registry import Choice

    if info.type is not Choice:
        return None
    return tyro.constructors.PrimitiveConstructorSpec(
        nargs=1,
        metavar="NAME",
        instance_from_str=lambda given: Choice.parse(given[0]),
        is_instance=lambda value: isinstance(value, Choice),
        str_from_instance=lambda value: [str(value)],
    )


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if issubclass(category, BuffycoatWarning):
        _complain(f"warning: {message}")


if __name__ == "__main__":
    sys.exit(main())
