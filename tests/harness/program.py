"""The program under test, and the environment that it runs in."""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
REEVE = os.environ.get("REEVE", str(ROOT / "build" / "dev" / "reeve"))


def clean_environment(**more):
    """No setting of the caller's may reach the program under test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REEVE_") or name == "REEVE_TEST_POSTGRES"}
    return {**kept, **more}
