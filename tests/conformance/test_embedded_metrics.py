"""Amazon CloudWatch Logs: metrics in log events."""

import json

import pytest

from local_cloud.emulator.patches.embedded_metrics import BrokenFormatError, metrics_of


def document(figures, dimensions, **directive):
    return {
        **dimensions,
        **figures,
        "_aws": {
            "Timestamp": 1795665906070,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Conformance",
                    "Dimensions": [list(dimensions)],
                    "Metrics": [{"Name": name, "Unit": "Count"} for name in figures],
                    **directive,
                }
            ],
        },
    }


@pytest.mark.patch("log_events_embed_metrics")
def test_what_a_function_prints_in_the_format_is_a_metric_by_its_dimension(lab, unique, until):
    function = lab.function("tell")
    mine, other = unique(), unique()
    for name, value in ((mine, 3), (mine, 4), (other, 100)):
        line = json.dumps(document({"Started": value}, {"FunctionName": name}))
        lab.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"line": line}))

    assert until(lambda: lab.metric("Conformance", "Started", FunctionName=mine), lambda sum_: sum_ == 7, 5) == 7
    assert lab.metric("Conformance", "Started", FunctionName=other) == 100


@pytest.mark.patch("log_events_embed_metrics")
def test_put_log_events_embeds_metrics_too(lab, unique):
    logs, group, mine = lab.client("logs"), f"/conformance/{unique()}", unique()
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    line = json.dumps(document({"Started": [1, 2]}, {"FunctionName": mine}))
    logs.put_log_events(
        logGroupName=group, logStreamName="s", logEvents=[{"timestamp": 1795665906070, "message": line}]
    )
    assert lab.metric("Conformance", "Started", FunctionName=mine) == 3


@pytest.mark.parametrize("line", ["swept", '{"message": "swept"}', '{"message": "\\"_aws\\""}', '"_aws"', '{"_aws"'])
def test_a_line_without_the_format_has_no_metrics(line):
    assert list(metrics_of(line)) == []


@pytest.mark.parametrize(
    "broken",
    [
        document({"Started": True}, {"FunctionName": "f"}),
        document({"Started": "3"}, {"FunctionName": "f"}),
        document({"Started": 3}, {"FunctionName": 7}),
        document({"Started": 3}, {"FunctionName": "f"}, Dimensions=[["Other"]]),
        document({f"m{number}": 1 for number in range(101)}, {"FunctionName": "f"}),
        {"_aws": {"Timestamp": "today", "CloudWatchMetrics": []}},
        {"_aws": {"Timestamp": 1, "CloudWatchMetrics": [{"Namespace": "n"}]}},
    ],
    ids=["boolean", "text", "dimension is a number", "dimension is missing", "too many", "timestamp", "directive"],
)
def test_a_line_that_breaks_the_format_is_not_half_understood(broken):
    with pytest.raises(BrokenFormatError):
        list(metrics_of(json.dumps(broken)))
