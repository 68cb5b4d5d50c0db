"""Faults of real processes: kill -9 under load, a clean stop, damaged files, a full disk."""

import pathlib
import sys

SUPPORT_FOLDER = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT_FOLDER))
