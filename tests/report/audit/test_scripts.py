"""The page's script: that it can be read, and that its CSV is the one that Python reads."""

import csv
import io
import json
import shutil
import subprocess

import pytest

from buffycoat.curation.decisions.decision import FORMULA
from buffycoat.report.audit.page import SCRIPTS
from buffycoat.report.audit.scripts import read_script, to_json

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@needs_node
def test_the_script_is_one_that_can_be_read(tmp_path):
    (tmp_path / "all.js").write_text(read_script(SCRIPTS), encoding="utf-8")
    done = subprocess.run(["node", "--check", tmp_path / "all.js"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def run_csv(expression):
    """What an expression gives where the functions of `csv.js` are there."""
    own = str(read_script(["csv.js"])).removesuffix("})();\n")
    program = f"{own}console.log(JSON.stringify({expression}));}})();"
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@needs_node
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_decisions_are_written_and_read_as_python_does(end):
    rows = [["sample_id", "reason"], ["a,b", 'said "no"'], ["=1+1", "two\nlines"], [" x ", ""]]
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows(rows)
    both = f"[toCsv({json.dumps(rows)}), fromCsv({json.dumps(text.getvalue())})]"
    written, read = run_csv(both)
    assert read == rows
    assert list(csv.reader(io.StringIO(written, newline=""), strict=True)) == rows


@needs_node
def test_a_formula_is_guarded_as_the_reader_of_decisions_expects():
    texts = ["=1", "+1", "-a", "@x", "\ta", "\ra", "a=1", "'a", "'=1", ""]
    guarded = [f"'{text}" if FORMULA.match(text) else text for text in texts]
    assert run_csv(f"{json.dumps(texts)}.map(guarded)") == guarded
    assert run_csv(f"{json.dumps(guarded[:8])}.map(unguarded)") == texts[:8]


@needs_node
def test_a_csv_that_a_spreadsheet_saved_is_read_too():
    text = json.dumps('\ufeffsample_id;decision\r\na;keep\r\n\r\n"b;";exclude')
    assert run_csv(f"fromCsv({text})") == [
        ["sample_id", "decision"],
        ["a", "keep"],
        ["b;", "exclude"],
    ]


def test_data_cannot_end_their_element_and_stay_what_they_are():
    value = {"a": ["</script><!--", "\u2028&amp;", None, "ü😀"]}
    text = to_json(value)
    assert not set(text) & set("<>&")
    assert text.isascii()
    assert json.loads(text) == value
