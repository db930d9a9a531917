"""The list of studies: quick, since a shell asks for it often."""

import subprocess
import sys
from pathlib import Path

from make_rows import load, many, parquet
from typer.testing import CliRunner

from analysis.cli import COMMANDS, app
from analysis.settings import Settings

HEAVY = "pandas scipy sklearn plotly streamlit"
LIST = f"""
import sys
from analysis.__main__ import main
sys.argv[1:] = ["studies"]
code = main()
found = [name for name in "{HEAVY}".split() if name in sys.modules]
sys.exit(f"imported: {{found}}" if found else code)
"""


def test_the_list_of_studies_imports_nothing_that_computes(settings: Settings, tmp_path: Path):
    info = load(settings, parquet(tmp_path / "rows.parquet", many(3)), study="three")
    environment = {"FAULTLINE_HOME": str(settings.home), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", LIST], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.returncode) == ("", 0)
    headings, row = (line.split() for line in done.stdout.splitlines())
    assert dict(zip(headings, row, strict=True))["id"] == info.id
    assert info.content_hash[:12] in row


def test_every_command_says_what_it_does():
    said = CliRunner().invoke(app, ["--help"]).stdout
    for name in COMMANDS:
        assert f"  {name} " in said
        own = CliRunner().invoke(app, [name, "--help"])
        assert own.exit_code == 0, name
        assert f" {name} " in own.stdout


def test_a_command_that_is_none_is_told():
    done = CliRunner().invoke(app, ["sudies"])
    assert done.exit_code == 2
    assert "Did you mean 'studies'?" in done.output
