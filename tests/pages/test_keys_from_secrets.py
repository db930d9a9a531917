"""Keys may stand in Streamlit's secrets file: its server puts them into the environment."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import json
from streamlit import secrets
secrets.load_if_toml_exists()
from pipeline.providers.catalog import load
from pathlib import Path
catalog = load(Path("home"))
model = next(m for m in catalog.models.values() if m.endpoint == "openai")
held = catalog.availability(model)
print(json.dumps([held.key_present, held.sentence]))
"""


def test_a_key_in_the_secrets_file_makes_a_model_available(tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text('OPENAI_API_KEY = "sk-canary-42"\n')
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")}
    environment["PYTHONPATH"] = str(ROOT)

    def asked(folder: Path) -> str:
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    (tmp_path / "bare").mkdir()
    assert asked(tmp_path).startswith("[true")
    assert asked(tmp_path / "bare").startswith("[false")
    assert "sk-canary-42" not in asked(tmp_path)
