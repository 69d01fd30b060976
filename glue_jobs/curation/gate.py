"""The gate (placeholder for the first slice)."""
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Verdict:
    table: str
    rule: str
    def row(self, run_id: str, judged_at: datetime) -> dict[str, Any]:
        return {}
@dataclass
class Judgement:
    verdicts: list[Verdict] = field(default_factory=list)
    stopped: dict[str, list[Verdict]] = field(default_factory=dict)
def judge(spark, contract, changes, run_id): return Judgement()
def summary(verdicts): return {"passed": 0, "failed": 0, "warnings": 0}
