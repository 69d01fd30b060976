from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.unit.handlers.environment import ENVIRONMENT, NEEDS

FUNCTIONS = Path(__file__).parents[3] / "functions"


def test_the_functions_import_nothing_that_their_zip_lacks() -> None:
    """Only the standard library, requests and boto3 (part of Lambda's runtime), and quickly: a cold start pays for
    every import.
    """
    names = ", ".join(f"handlers.{name}" for name in NEEDS)
    listing = "print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    script = f"import sys; sys.path.insert(0, {str(FUNCTIONS)!r}); import {names}; {listing}"
    environment = {
        **ENVIRONMENT,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert time.perf_counter() - began < 15  # half a second on an idle machine
    forbidden = {
        "pandas",
        "numpy",
        "pyarrow",
        "moto",
        "yaml",
        "jsonschema",
        "aws_lambda_powertools",
        "local_cloud",
        "operations",
        "curation",
    }
    assert not forbidden & set(done.stdout.split())
