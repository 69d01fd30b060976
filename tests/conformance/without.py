"""`python tests/conformance/without.py [patch ...]`: are the patches still needed?

For each patch (all of them without arguments) starts a local cloud without it and runs the tests that the patch is
marked on. When all of them pass, the emulator follows the rule by itself, or the tests do not see the patch: exit code
1. Takes ten minutes for all patches.
"""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def passes_without(patch: str) -> bool:
    environment = {**os.environ, "LOCAL_CLOUD_WITHOUT": patch, "CONFORMANCE_OF": patch}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", str(FOLDER)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    last = [
        line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))
    ] or done.stdout.splitlines()[-1:]
    print(f"{'STILL PASSES' if done.returncode != 1 else 'fails, as it should'}  {patch}  {last[0][:200]}", flush=True)
    return done.returncode != 1


if __name__ == "__main__":
    from local_cloud.emulator.aws import PATCHES as OF_AWS
    from local_cloud.emulator.governance import PATCHES as OF_GOVERNANCE

    names = sys.argv[1:] or [patch.__name__ for patch in (*OF_AWS, *OF_GOVERNANCE)]
    still_passing = [name for name in names if passes_without(name)]
    sys.exit(1 if still_passing else 0)
