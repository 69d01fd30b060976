"""AWS Step Functions: task tokens, retries, timeouts, names, ends, and what is told of executions."""

import json
import time

import pytest
from botocore.exceptions import ClientError

WAIT = {"Wait": {"Type": "Wait", "Seconds": 20, "End": True}}


def code(call, **arguments):
    """Error code of a refused call; None when it is accepted."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def bodies(lab, url, count, seconds=10):
    return [json.loads(message["Body"]) for message in lab.drain(url, count, seconds)]


class TestTaskTokens:
    @pytest.mark.patch("attempts_have_tokens_of_their_own")
    def test_every_attempt_has_a_new_token_and_the_old_one_is_dead(self, lab, wait_for_token):
        url, _ = lab.queue()
        retry = [{"ErrorEquals": ["QuotaExhausted"], "IntervalSeconds": 1, "MaxAttempts": 1}]
        done = lab.run({"Ask": wait_for_token(lab.function("refuse"), {"queue": url}, TimeoutSeconds=5, Retry=retry)})
        tokens = [body["token"] for body in bodies(lab, url, 2)]
        assert done["error"] == "QuotaExhausted"
        assert len(set(tokens)) == 2
        assert code(lab.client("stepfunctions").send_task_success, taskToken=tokens[0], output="{}") == "TaskTimedOut"

    @pytest.mark.patch("tokens_answer_as_on_aws")
    def test_late_double_malformed_and_unreadable_answers_have_their_errors(self, lab, wait_for_token):
        url, _ = lab.queue()
        execution = lab.start(
            lab.machine(
                {"Ask": wait_for_token(lab.function("hand_over"), {"queue": url}, Output="{% $states.result %}")}
            )
        )
        token = lab.drain(url, 1)[0]["Body"]
        send = lab.client("stepfunctions").send_task_success
        assert code(send, taskToken=token, output="not JSON") == "InvalidOutput"
        assert code(send, taskToken=token, output='{"a": 1}') is None
        assert json.loads(lab.end_of(execution)["output"]) == {"a": 1}
        assert code(send, taskToken=token, output="{}") == "TaskTimedOut"
        assert code(send, taskToken="rubbish", output="{}") == "InvalidToken"
        assert code(lab.client("stepfunctions").send_task_failure, taskToken=token, error="Late") == "TaskTimedOut"

    @pytest.mark.patch("callbacks_fail_with_their_function")
    def test_a_function_that_raises_fails_the_task_at_once(self, lab, wait_for_token):
        catch = [
            {
                "ErrorEquals": ["QuotaExhausted"],
                "Next": "Caught",
                "Output": "{% $parse($states.errorOutput.Cause).errorType %}",
            }
        ]
        states = {
            "Ask": wait_for_token(lab.function("refuse"), {}, TimeoutSeconds=15, Catch=catch),
            "Caught": {"Type": "Succeed"},
        }
        started = time.monotonic()
        assert json.loads(lab.run(states)["output"]) == "QuotaExhausted"
        assert time.monotonic() - started < 10

    @pytest.mark.patch("callbacks_fail_with_their_function")
    def test_the_token_of_a_timed_out_task_is_dead(self, lab, wait_for_token):
        url, _ = lab.queue()
        catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]
        states = {
            "Ask": wait_for_token(lab.function("hand_over"), {"queue": url}, TimeoutSeconds=1, Catch=catch),
            "Late": {"Type": "Pass", "Output": "late", "End": True},
        }
        assert lab.run(states)["output"] == '"late"'
        assert (
            code(lab.client("stepfunctions").send_task_success, taskToken=lab.drain(url, 1)[0]["Body"], output="{}")
            == "TaskTimedOut"
        )


class TestTasks:
    @pytest.mark.patch("task_timeouts_may_be_expressions")
    def test_timeout_seconds_as_an_expression(self, lab, invoke, wait_for_token):
        url, _ = lab.queue()
        expression = {
            "TimeoutSeconds": "{% $deadline %}",
            "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}],
        }
        late = {"Late": {"Type": "Pass", "Output": "late", "End": True}}
        first = {"First": {"Type": "Pass", "Assign": {"deadline": "{% $states.input.deadline %}"}, "Next": "Task"}}
        for task in (
            wait_for_token(lab.function("hand_over"), {"queue": url}, **expression),
            invoke(lab.function("sleep"), {"seconds": 4}, **expression),
        ):
            assert lab.run({**first, "Task": task, **late}, {"deadline": 1}).get("output") == '"late"'

    @pytest.mark.patch("retries_wait_as_told")
    def test_the_maximum_delay_bounds_the_backoff(self, lab, invoke):
        url, _ = lab.queue()
        retry = [
            {
                "ErrorEquals": ["QuotaExhausted"],
                "IntervalSeconds": 1,
                "BackoffRate": 10,
                "MaxAttempts": 3,
                "MaxDelaySeconds": 1,
                "JitterStrategy": "NONE",
            }
        ]
        started = time.monotonic()
        done = lab.run(
            {
                "Try": invoke(
                    lab.function("refuse_at_first"),
                    {"queue": url, "refusals": 2},
                    Retry=retry,
                    Output="{% $states.result.Payload %}",
                )
            }
        )
        assert done["output"] == '"accepted"'
        assert time.monotonic() - started < 9  # a second retry after ten seconds without the bound

    @pytest.mark.patch("retries_wait_as_told")
    def test_full_jitter_spreads_the_delays(self, lab, invoke):
        retry = [{"ErrorEquals": ["QuotaExhausted"], "IntervalSeconds": 3, "MaxAttempts": 1, "JitterStrategy": "FULL"}]
        machine, queues = (
            lab.machine({"Try": invoke(lab.function("refuse"), {"queue": "{% $states.input.queue %}"}, Retry=retry)}),
            [],
        )
        executions = []
        for _ in range(5):
            queues.append(lab.queue()[0])
            executions.append(lab.start(machine, {"queue": queues[-1]}))
        delays = []
        for execution, url in zip(executions, queues, strict=True):
            lab.end_of(execution)
            first, second = sorted(body["at"] for body in bodies(lab, url, 2))
            delays.append(second - first)
        assert min(delays) < 2.9
        assert max(delays) - min(delays) > 0.2

    @pytest.mark.patch("throttled_functions_have_their_error_name")
    def test_a_throttled_function_is_called_too_many_requests(self, lab, invoke):
        function = lab.function("echo", name="throttled")
        lab.client("lambda").put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
        assert lab.run({"Try": invoke(function, {})})["error"] == "Lambda.TooManyRequestsException"


class TestExecutions:
    @pytest.mark.patch("execution_names_are_used_once")
    def test_a_running_name_with_the_same_input_is_the_same_execution(self, lab, unique):
        machine, name = lab.machine(WAIT), unique()
        start = lab.client("stepfunctions").start_execution
        first = lab.start(machine, {"a": 1}, name)
        assert lab.start(machine, {"a": 1}, name) == first
        assert code(start, stateMachineArn=machine, name=name, input='{"a": 2}') == "ExecutionAlreadyExists"
        lab.client("stepfunctions").stop_execution(executionArn=first)
        assert code(start, stateMachineArn=machine, name=name, input='{"a": 1}') == "ExecutionAlreadyExists"

    @pytest.mark.patch("execution_names_are_used_once")
    def test_bad_names_and_inputs_are_refused(self, lab):
        machine, start = lab.machine(WAIT), lab.client("stepfunctions").start_execution
        assert code(start, stateMachineArn=machine, name="a b", input="{}") == "InvalidName"
        assert code(start, stateMachineArn=machine, input="{") == "InvalidExecutionInput"

    @pytest.mark.patch("closed_executions_stay_closed")
    def test_a_stopped_execution_stays_aborted_and_its_token_is_dead(self, lab, wait_for_token):
        url, _ = lab.queue()
        states = lab.client("stepfunctions")
        execution = lab.start(
            lab.machine({"Ask": wait_for_token(lab.function("hand_over"), {"queue": url}, TimeoutSeconds=2)})
        )
        token = lab.drain(url, 1)[0]["Body"]
        states.stop_execution(executionArn=execution, error="Stopped", cause="by hand")
        assert code(states.send_task_success, taskToken=token, output="{}") == "TaskTimedOut"
        time.sleep(2.5)
        stopped = states.describe_execution(executionArn=execution)
        assert (stopped["status"], stopped["error"], stopped["cause"]) == ("ABORTED", "Stopped", "by hand")
        assert (
            states.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=1)["events"][0]["type"]
            == "ExecutionAborted"
        )

    @pytest.mark.patch("executions_time_out")
    def test_the_top_level_timeout_ends_an_execution(self, lab):
        done = lab.run(WAIT, TimeoutSeconds=1, seconds=5)
        assert (done["status"], done["error"]) == ("TIMED_OUT", "States.Timeout")

    @pytest.mark.patch("status_events_tell_the_error")
    def test_events_of_aborted_and_timed_out_executions_tell_the_error(self, lab, unique):
        url, arn = lab.queue()
        stopping, timing_out = lab.machine(WAIT), lab.machine(WAIT, TimeoutSeconds=1)
        rule = unique()
        pattern = {
            "source": ["aws.states"],
            "detail": {"stateMachineArn": [stopping, timing_out], "status": ["ABORTED", "TIMED_OUT"]},
        }
        made = lab.client("events").put_rule(Name=rule, EventPattern=json.dumps(pattern))["RuleArn"]
        lab.admit(url, arn, "events", made)
        lab.client("events").put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
        lab.start(timing_out)
        lab.client("stepfunctions").stop_execution(executionArn=lab.start(stopping), error="Stopped", cause="by hand")
        details = {body["detail"]["status"]: body["detail"] for body in bodies(lab, url, 2)}
        assert (details["ABORTED"]["error"], details["ABORTED"]["cause"]) == ("Stopped", "by hand")
        assert details["TIMED_OUT"]["error"] == "States.Timeout"


class TestObservation:
    @pytest.mark.patch("state_machines_are_measured")
    def test_failed_executions_are_counted_by_machine(self, lab, until):
        machine = lab.machine({"End": {"Type": "Fail", "Error": "Refused", "Cause": "why"}})
        lab.end_of(lab.start(machine))
        assert until(lambda: lab.metric("AWS/States", "ExecutionsFailed", StateMachineArn=machine), bool, 5) == 1
        assert lab.metric("AWS/States", "ExecutionsStarted", StateMachineArn=machine) == 1
        assert lab.metric("AWS/States", "ExecutionsSucceeded", StateMachineArn=machine) == 0

    @pytest.mark.patch("state_machines_log")
    def test_levels_and_execution_data_of_the_log(self, lab, unique):
        def lines(level, data):
            group = f"/aws/vendedlogs/states/{unique()}"
            lab.client("logs").create_log_group(logGroupName=group)
            arn = f"arn:aws:logs:{lab.endpoints.region}:{lab.endpoints.account_id}:log-group:{group}:*"
            logging = {
                "level": level,
                "includeExecutionData": data,
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
            }
            states = {
                "Pass": {"Type": "Pass", "Next": "End"},
                "End": {"Type": "Fail", "Error": "Refused", "Cause": "why"},
            }
            lab.end_of(lab.start(lab.machine(states, logging=logging), {"canary": "yellow"}))
            return [
                json.loads(event["message"])
                for event in lab.client("logs").filter_log_events(logGroupName=group)["events"]
            ]

        everything = lines("ALL", data=True)
        assert [line["type"] for line in everything] == [
            "ExecutionStarted",
            "PassStateEntered",
            "PassStateExited",
            "FailStateEntered",
            "ExecutionFailed",
        ]
        assert "yellow" in json.dumps(everything)
        errors = lines("ERROR", data=False)
        assert [(line["type"], line["details"]) for line in errors] == [
            ("ExecutionFailed", {"error": "Refused", "cause": "why"})
        ]
        assert "yellow" not in json.dumps(lines("ALL", data=False))


class TestExpressions:
    """JSONata as the product's state machines use it; the emulator needs no patch for it."""

    def test_a_wait_until_a_moment_read_from_an_error(self, lab, invoke):
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        parsed = "{% $parse($parse($states.errorOutput.Cause).errorMessage).wait_until %}"
        catch = [{"ErrorEquals": ["QuotaExhausted"], "Assign": {"wait_until": parsed}, "Output": {}, "Next": "Wait"}]
        states = {
            "Ask": invoke(lab.function("refuse"), {"wait_until": until}, Catch=catch),
            "Wait": {"Type": "Wait", "Timestamp": "{% $wait_until %}", "Next": "Done"},
            "Done": {"Type": "Pass", "Output": {"now": "{% $now() %}", "input": "{% $states.input %}"}, "End": True},
        }
        output = json.loads(lab.run(states)["output"])
        assert output["input"] == {}
        assert output["now"] >= until[:-1]

    def test_in_substring_and_a_failure_told_by_expressions(self, lab):
        states = {
            "First": {"Type": "Pass", "Assign": {"work": "{% $states.context.Execution.Input %}"}, "Next": "Which"},
            "Which": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $work.outcome in ['refused', 'not_entitled'] %}", "Next": "Refused"}],
                "Default": "Stored",
            },
            "Refused": {"Type": "Fail", "Error": "ReportRefused", "Cause": "{% $substring($work.reason, 0, 6) %}"},
            "Stored": {"Type": "Succeed"},
        }
        refused, stored = (
            lab.run(states, {"outcome": "refused", "reason": "no such option"}),
            lab.run(states, {"outcome": "stored", "reason": ""}),
        )
        assert (refused["status"], refused["error"], refused["cause"]) == ("FAILED", "ReportRefused", "no suc")
        assert stored["status"] == "SUCCEEDED"


@pytest.mark.patch("machines_tell_their_tracing")
def test_a_machine_tells_whether_it_is_traced(lab):
    client, arn = lab.client("stepfunctions"), lab.machine(WAIT)
    assert client.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"] == {"enabled": False}
    client.update_state_machine(stateMachineArn=arn, tracingConfiguration={"enabled": True})
    assert client.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"] == {"enabled": True}
