"""The commands that the README and the how-to pages show exist, with their flags."""

import re
import shlex
from pathlib import Path

import pytest

from buffycoat.cli import COMMANDS, main

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]


def shown_commands():
    for page in PAGES:
        for line in re.sub(r"\\\n\s*", "", page.read_text()).splitlines():
            found = re.match(r"^(?: {4}|\$ )(?:\$ )?buffycoat (?!=)(.+)$", line)
            if found:
                yield pytest.param(found[1].partition("  #")[0], id=f"{page.name}: {found[1][:50]}")


@pytest.fixture(scope="module")
def help_of():
    known = {}

    def of(command, capsys):
        if command not in known:
            with pytest.raises(SystemExit):
                main([*command.split(), "--help"])
            known[command] = capsys.readouterr().out
        return known[command]

    return of


@pytest.mark.parametrize("line", shown_commands())
def test_a_shown_command_exists_with_its_flags(line, help_of, capsys):
    words = shlex.split(line)
    command = next((c for c in (" ".join(words[:2]), words[0]) if c in COMMANDS), None)
    assert command, f"there is no command {words[0]}"
    shown = help_of(command, capsys)
    for flag in (w.partition("=")[0] for w in words if w.startswith("--")):
        assert re.search(rf"{flag}\b", shown), f"buffycoat {command} has no {flag}"


def test_the_readme_shows_the_two_commands():
    text = (ROOT / "README.md").read_text()
    assert "make demo" in text
    assert "make test" in text


def test_links_between_pages_lead_somewhere():
    for page in (*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
