"""A Glue job without Spark: sleeps, or raises what it is told."""

import sys
import time

action, value = sys.argv[sys.argv.index("--action") + 1], sys.argv[sys.argv.index("--value") + 1]
print("acting", flush=True)
if action == "sleep":
    time.sleep(float(value))
else:
    raise ValueError(value)
