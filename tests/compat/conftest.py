"""Millrace beside the official Java server 0.9.1."""

import pathlib
import sys

TESTS_FOLDER = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS_FOLDER / "support"), str(TESTS_FOLDER / "cluster")]
