"""What requests reports: functions, schedules, queues and their consumers, state machines."""

from collections.abc import Iterator

from operations.doctor.findings import APPLY, Finding, counted, existing, failed, ok, unless_any, warning
from operations.lake.location import Location

SCHEDULES = ("dispatch-reports", "discover-reports", "sweep", "subscribe")
CONSUMERS = ("receive_notification", "start_curation")


def functions(lake: Location) -> list[Finding]:
    """Every function exists, is active, and runs the code that was deployed last."""
    names = lake.outputs["functions"].values()
    return unless_any(
        (fault for name in names if (fault := _function_fault(lake, name))),
        f"{counted(len(names), 'function')} active, last updates successful",
    )


def _function_fault(lake: Location, name: str) -> Finding | None:
    function = existing(lake.client("lambda").get_function_configuration, FunctionName=name)
    if function is None:
        return failed(f"the function {name} does not exist", APPLY)
    # Inactive: not called for weeks; Lambda makes it active with the next call.
    if function.get("State") not in ("Active", "Inactive"):
        reason = function.get("StateReason") or "no reason given"
        return failed(f"the function {name} is {function.get('State')}: {reason}", f"remove the cause, then {APPLY}")
    if function.get("LastUpdateStatus") != "Successful":
        reason = function.get("LastUpdateStatusReason") or "no reason given"
        return failed(
            f"the last update of {name} is {function.get('LastUpdateStatus')}: {reason}",
            "wait if it is in progress; otherwise remove the cause, then run `terraform apply`",
        )
    return None


def schedules(lake: Location) -> Iterator[Finding]:
    """All schedules are enabled; all of them disabled is what Terraform's `schedules.enabled = false` makes."""
    client, states = lake.client("scheduler"), {}
    for name in SCHEDULES:
        schedule = existing(client.get_schedule, GroupName=lake.prefix, Name=lake.named(name))
        states[name] = schedule["State"] if schedule else "missing"
    missing = [name for name, state in states.items() if state == "missing"]
    disabled = [name for name, state in states.items() if state == "DISABLED"]
    if missing:
        yield failed(f"no schedule: {', '.join(missing)}", APPLY)
    if len(disabled) == len(SCHEDULES):
        yield warning(
            "all schedules are disabled: nothing is requested",
            "set `schedules.enabled` to true in your tfvars, then run `terraform apply`",
        )
    elif disabled:
        yield failed(f"disabled by hand: {', '.join(disabled)}", f"{APPLY}, which enables what is to be enabled")
    elif not missing:
        yield ok(f"{len(SCHEDULES)} schedules enabled")


def queues(lake: Location) -> list[Finding]:
    """Every queue exists, and nothing is in a dead-letter queue. How old messages are is judged by the alarms."""
    client, waiting, faults = lake.client("sqs"), [], []
    for name, url in sorted(lake.outputs["queue_urls"].items()):
        answer = existing(client.get_queue_attributes, QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        if answer is None:
            faults.append(failed(f"the queue {name} does not exist", APPLY))
            continue
        messages = int(answer["Attributes"]["ApproximateNumberOfMessages"])
        if not (name.endswith("_dlq") or name == "failed_invocations"):
            waiting.append(f"{name} {messages}")
        elif messages:
            remedy = "see docs/runbooks/dead-letter-queue.md"
            faults.append(failed(f"{counted(messages, 'message')} in the dead-letter queue {name}", remedy))
    return unless_any(faults, f"waiting: {', '.join(waiting)}; nothing in dead-letter queues")


def consumers(lake: Location) -> list[Finding]:
    """The functions that consume queues poll them."""
    client, faults = lake.client("lambda"), []
    for function in CONSUMERS:
        name = lake.outputs["functions"][function]
        mappings = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        if not mappings:
            faults.append(failed(f"no queue invokes {name}", APPLY))
        faults += [
            failed(f"{name} does not poll its queue: the mapping is {one['State']}", f"{APPLY}, which enables it")
            for one in mappings
            # Between two of these states a mapping is changing, by an apply for instance.
            if one["State"] not in ("Enabled", "Creating", "Enabling", "Updating")
        ]
    return unless_any(faults, f"{len(CONSUMERS)} functions poll their queues")


def machines(lake: Location) -> list[Finding]:
    """Both state machines are active."""
    client, faults = lake.client("stepfunctions"), []
    arns = lake.outputs["state_machine_arns"]
    for name, arn in sorted(arns.items()):
        machine = existing(client.describe_state_machine, stateMachineArn=arn)
        if machine is None:
            faults.append(failed(f"the state machine {name} does not exist", APPLY))
        elif machine["status"] != "ACTIVE":
            faults.append(failed(f"the state machine {name} is {machine['status']}", f"{APPLY} when it is deleted"))
    return unless_any(faults, f"{counted(len(arns), 'state machine')} active")
