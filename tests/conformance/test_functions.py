"""AWS Lambda: what an error is called, how many environments there are, what is counted, what is tried again."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.mark.patch("function_errors_keep_their_class")
def test_an_exception_is_reported_by_its_class_with_message_and_trace(lab, unique):
    answer = lab.client("lambda").invoke(
        FunctionName=lab.function("refuse"), Payload=json.dumps({"wait_until": "2026-11-20T00:00:00Z"})
    )
    error = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "QuotaExhausted"
    assert json.loads(error["errorMessage"]) == {"wait_until": "2026-11-20T00:00:00Z"}
    assert any("in refuse" in line for line in error["stackTrace"])


@pytest.mark.patch("function_errors_keep_their_class")
def test_what_a_function_logs_at_info_is_in_its_log(lab, unique, until):
    identity = unique()
    lab.client("lambda").invoke(FunctionName=lab.function("refuse"), Payload=json.dumps({"id": identity}))
    events = until(
        lambda: lab.client("logs").filter_log_events(logGroupName="/aws/lambda/refuse", filterPattern=identity)[
            "events"
        ],
        bool,
        5,
    )
    assert any(f"refusing {identity}" in event["message"] for event in events)


def entry(level, timestamp="2026-11-26T04:05:06.070Z"):
    return {"level": level, "message": f"{level} at {timestamp}", "timestamp": timestamp}


@pytest.mark.patch("function_logs_are_filtered_by_level")
def test_lines_below_the_level_do_not_reach_the_log_group(lab, unique, until):
    """Without a timestamp Lambda takes an error for INFO, and drops it."""
    function, marker = f"tell-{unique()}", unique()
    lab.function("tell", name=function)
    configuration = {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": f"/aws/lambda/{function}"}
    lab.client("lambda").update_function_configuration(FunctionName=function, LoggingConfig=configuration)
    told = [entry("INFO"), entry("WARN"), entry("FATAL"), entry("WARNING"), entry("ERROR", "today"), entry("ERROR", "")]
    lines = [json.dumps(one) for one in told] + [f"no JSON {marker}"]
    lab.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"line": "\n".join(lines)}))

    def messages():
        found = lab.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        return [event["message"] for event in found if "{" in event["message"] or marker in event["message"]]

    assert until(messages, bool, 5) == [lines[1], lines[2], lines[-1]]


@pytest.mark.patch("function_environments_are_bounded")
def test_a_burst_shares_four_environments(lab):
    function = lab.function("sleep")

    def call(_: int) -> int:
        answer = lab.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"seconds": 0.2}))
        return json.loads(answer["Payload"].read())["pid"]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(call, range(8)))) <= 4


@pytest.mark.patch("function_metrics_cover_every_invocation")
def test_an_error_in_a_state_machine_counts_as_the_functions_error(lab, invoke, until):
    function = lab.function("refuse", name="counted")
    lab.run({"Refuse": invoke(function, {})})
    assert until(lambda: lab.metric("AWS/Lambda", "Errors", FunctionName="counted"), bool, 5) == 1
    assert lab.metric("AWS/Lambda", "Invocations", FunctionName="counted") == 1


@pytest.mark.patch("events_retry_a_failing_function")
def test_a_function_that_a_rule_invokes_is_tried_three_times(lab, unique):
    url, _ = lab.queue()
    name = unique()
    function = lab.function("raise_on_event", RESULTS=url)
    events = lab.client("events")
    rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    lab.client("lambda").add_permission(
        FunctionName=function,
        StatementId=name,
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    events.put_targets(Rule=name, Targets=[{"Id": "function", "Arn": function}])
    time.sleep(0.1)
    events.put_events(Entries=[{"Source": name, "DetailType": "test", "Detail": "{}"}])
    assert len(lab.drain(url, 3, 10)) == 3


def test_a_function_reaches_a_bucket_with_the_sdks_own_settings(lab):
    bucket, s3 = lab.bucket(), lab.client("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"content")
    asked = json.dumps({"bucket": bucket, "source": "a", "target": "b"})
    answer = lab.client("lambda").invoke(FunctionName=lab.function("copy"), Payload=asked)
    assert json.loads(answer["Payload"].read()) == 7
    assert s3.get_object(Bucket=bucket, Key="b")["Body"].read() == b"content"
