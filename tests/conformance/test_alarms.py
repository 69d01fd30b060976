"""Amazon CloudWatch alarms."""

import datetime
import json
import time
import urllib.parse
import urllib.request

import pytest

ROLE = "arn:aws:iam::123456789012:role/conformance"


def alarm(lab, unique, **fields):
    name = f"alarm-{unique()}"
    lab.client("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": name,
            "Namespace": "Conformance",
            "MetricName": "Errors",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            **fields,
        }
    )
    return name


def state(lab, name):
    return lab.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


def dimensions(**named):
    return [{"Name": name, "Value": value} for name, value in named.items()]


@pytest.mark.patch("alarms_know_their_dimensions")
def test_an_alarm_evaluates_only_its_own_dimensions(lab, unique, until):
    one, two = unique(), unique()
    mine, other = (
        alarm(lab, unique, Dimensions=dimensions(Function=one)),
        alarm(lab, unique, Dimensions=dimensions(Function=two)),
    )
    lab.client("cloudwatch").put_metric_data(
        Namespace="Conformance",
        MetricData=[
            {"MetricName": "Errors", "Value": 1, "Dimensions": dimensions(Function=one)},
            {"MetricName": "Errors", "Value": 0, "Dimensions": dimensions(Function=two)},
        ],
    )
    assert until(lambda: state(lab, mine), lambda found: found == "ALARM", 5) == "ALARM"
    assert state(lab, other) != "ALARM"


@pytest.mark.patch("alarms_treat_missing_data")
def test_an_alarm_goes_back_to_ok_when_the_data_stop(lab, unique, until):
    name = alarm(lab, unique, Dimensions=dimensions(Function=unique()))
    lab.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    assert until(lambda: state(lab, name), lambda found: found == "OK", 6) == "OK"


@pytest.mark.patch("alarms_treat_missing_data", "log_events_embed_metrics")
def test_a_schedule_that_stops_raises_an_alarm_and_one_that_runs_does_not(lab, unique, until):
    """A dead-man's switch, as in terraform/modules/observability: a run that ended is told in the function's log."""
    mine = unique()
    directive = {
        "Namespace": "Conformance",
        "Dimensions": [["FunctionName"]],
        "Metrics": [{"Name": "ScheduledRuns", "Unit": "Count"}],
    }
    line = {
        "FunctionName": mine,
        "ScheduledRuns": 1,
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
    }
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=1)
    lab.client("scheduler").create_schedule(
        Name=mine,
        ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": lab.function("tell"), "RoleArn": ROLE, "Input": json.dumps({"line": json.dumps(line)})},
    )
    name = alarm(
        lab,
        unique,
        MetricName="ScheduledRuns",
        Dimensions=dimensions(FunctionName=mine),
        Period=10,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    )
    assert until(lambda: state(lab, name), lambda found: found == "OK", 15) == "OK"
    assert until(lambda: state(lab, name), lambda found: found == "ALARM", 20) == "ALARM"


@pytest.mark.patch("alarms_are_evaluated_on_their_own")
def test_a_metric_that_a_service_records_raises_an_alarm(lab, unique, until):
    machine = lab.machine({"End": {"Type": "Fail"}})
    topic = lab.client("sns").create_topic(Name=unique())["TopicArn"]
    url, arn = lab.queue()
    lab.admit(url, arn, "sns", topic)
    lab.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    name = alarm(
        lab,
        unique,
        Namespace="AWS/States",
        MetricName="ExecutionsFailed",
        Dimensions=dimensions(StateMachineArn=machine),
        AlarmActions=[topic],
    )
    lab.end_of(lab.start(machine))
    told = lab.drain(url, 1, 8)
    assert [json.loads(json.loads(message["Body"])["Message"])["AlarmName"] for message in told] == [name]


@pytest.mark.patch("queues_report_their_depth")
def test_messages_in_a_queue_are_measured(lab, until):
    url, _ = lab.queue()
    lab.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    name = url.rsplit("/", 1)[1]
    assert (
        until(lambda: lab.metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", QueueName=name), bool, 6)
        == 1
    )
    assert until(lambda: lab.metric("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", QueueName=name), bool, 6) > 0


@pytest.mark.patch("alarms_are_described_in_full")
def test_describe_alarms_tells_all_that_was_put_in_the_query_protocol_too(lab, unique):
    """The SDKs of Terraform's provider speak the older query protocol (XML)."""
    fields = {
        "AlarmDescription": "a & b",
        "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:alarms"],
        "Dimensions": dimensions(QueueName="dead"),
        "TreatMissingData": "breaching",
        "Period": 300,
    }
    name = alarm(lab, unique, **fields)
    asked = urllib.parse.urlencode(
        {"Action": "DescribeAlarms", "Version": "2010-08-01", "AlarmNames.member.1": name}
    ).encode()
    credential = "Credential=test/20260101/eu-west-1/monitoring/aws4_request"
    signature = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=none"
    request = urllib.request.Request(
        lab.endpoints.aws, asked, {"Authorization": signature, "Content-Type": "application/x-www-form-urlencoded"}
    )
    with urllib.request.urlopen(request) as answer:
        text = answer.read().decode()
    for part in (
        "<AlarmDescription>a &amp; b</AlarmDescription>",
        "<AlarmActions><member>arn:aws:sns:eu-west-1:123456789012:alarms</member></AlarmActions>",
        "<member><Name>QueueName</Name><Value>dead</Value></member>",
        "<TreatMissingData>breaching</TreatMissingData>",
        "<Period>300</Period>",
        "<Statistic>Sum</Statistic>",
    ):
        assert part in text
