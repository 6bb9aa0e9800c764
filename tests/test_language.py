"""All that the package says to readers is in one catalogue."""

import ast
import subprocess
import sys
from pathlib import Path

import pseudo
import pytest

from crmlab import language
from crmlab.errors import InputError

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_template_holds_what_is_marked(tmp_path):
    """What `make words` would write is what is stored."""
    line = next(
        line for line in (ROOT / "Makefile").read_text().replace("\\\n", "").splitlines() if "extract" in line
    )
    words = line.split("pybabel")[1].split()
    words[words.index("-o") + 1] = str(tmp_path / "crmlab.pot")
    command = [sys.executable, "-m", "babel.messages.frontend", *words]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "crmlab.pot").read_text() == pseudo.TEMPLATE.read_text(), "run make words"


@pytest.mark.slow
def test_what_is_marked_can_be_collected():
    """Babel passes over what stands inside an f-string, and what is no literal."""
    lost = []
    for path in (ROOT / "crmlab").rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        for call in calls:
            one, two = call.args[:1], call.args[:2]
            said = {"tr": one, "mark": one, "ntr": two, "nmark": two, "count": call.args[1:3]}
            texts = said.get(getattr(call.func, "id", getattr(call.func, "attr", "")), [])
            literals = [text.value for text in texts if isinstance(text, ast.Constant)]
            lost += [f"{path}: {text}" for text in literals if text not in pseudo.catalogue()]
    assert lost == []


def test_an_unknown_language_is_answered_with_the_known_ones():
    with pytest.raises(InputError, match=r"no language 'xx'.*Known: en"):
        language.use("xx")


def test_a_number_chooses_its_words():
    assert language.ntr("{n} row of {all}", "{n:,} rows of {all}", 1200, all=3) == "1,200 rows of 3"
    assert language.ntr("{n} row", "{n} rows", 1) == "1 row"
