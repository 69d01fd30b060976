"""ministack with its patches: every service but Lake Formation and QuickSight.

Settings come from the environment that local_cloud.cloud makes.
"""

import logging
import sys

import ministack.app
from ministack.core import lambda_runtime

from local_cloud.emulator.glue import runs
from local_cloud.emulator.patches import (
    alarms,
    catalogue,
    connections,
    embedded_metrics,
    executions,
    functions,
    glue_jobs,
    observation,
    queries,
    queues,
    schedules,
    storage,
    task_tokens,
    tasks,
)
from local_cloud.emulator.permissions import in_process, over_http, record
from local_cloud.emulator.selection import Patch, apply

PLUMBING: tuple[Patch, ...] = (
    connections.idle_connections_outlive_their_clients,
    connections.repeated_calls_are_answered_once,
    connections.pages_of_browsers_are_refused,
    task_tokens.track_the_running_execution,
    task_tokens.note_the_waits_of_executions,
)
"""What other patches or the connection to the emulator need; no rules of AWS, and never left out."""

PATCHES: tuple[Patch, ...] = (
    functions.function_errors_keep_their_class,
    functions.function_environments_are_bounded,
    functions.function_metrics_cover_every_invocation,
    functions.events_retry_a_failing_function,
    functions.function_logs_are_filtered_by_level,
    queues.mappings_gather_a_batch,
    queues.dead_letters_can_be_redriven,
    schedules.rates_begin_at_once,
    schedules.schedules_fill_in_context_attributes,
    task_tokens.attempts_have_tokens_of_their_own,
    task_tokens.tokens_answer_as_on_aws,
    task_tokens.callbacks_fail_with_their_function,
    tasks.task_timeouts_may_be_expressions,
    tasks.retries_wait_as_told,
    tasks.throttled_functions_have_their_error_name,
    executions.machines_tell_their_tracing,
    executions.execution_names_are_used_once,
    executions.closed_executions_stay_closed,
    executions.executions_time_out,
    executions.status_events_tell_the_error,
    observation.state_machines_are_measured,
    observation.state_machines_log,
    embedded_metrics.log_events_embed_metrics,
    alarms.alarms_know_their_dimensions,
    alarms.alarms_treat_missing_data,
    alarms.alarms_are_evaluated_on_their_own,
    alarms.queues_report_their_depth,
    alarms.alarms_are_described_in_full,
    storage.object_events_name_the_version,
    storage.secret_versions_are_idempotent,
    storage.secrets_without_value_have_no_version,
    glue_jobs.spark_jobs_run,
    glue_jobs.jobs_keep_their_concurrency,
    glue_jobs.jobs_keep_their_tags,
    glue_jobs.state_machines_run_jobs,
    queries.queries_read_iceberg_snapshots,
    queries.queries_are_checked_when_submitted,
    queries.workgroups_enforce_their_location,
    queries.results_lie_at_their_location,
    queries.results_tell_precision_and_scale,
    queries.result_pages_count_the_header,
    queries.failed_queries_have_an_athena_error,
    queries.stopped_queries_stop,
    catalogue.creators_have_what_they_make,
    catalogue.catalogue_shows_what_is_granted,
    catalogue.queries_see_what_is_granted,
    over_http.requests_are_judged,
    in_process.services_are_judged,
)


def serve() -> None:
    """Serve until SIGTERM; then stop Lambda functions and Glue runs."""
    for plumbing in PLUMBING:
        plumbing()
    left_out = apply(PATCHES)
    record.write_regularly()
    logging.getLogger("pyiceberg").setLevel(logging.WARNING)  # else it logs every table it opens
    logging.getLogger("local_cloud").info(
        "patches: %d, left out: %s", len(PATCHES) - len(left_out), ", ".join(sorted(left_out)) or "none"
    )
    sys.argv = sys.argv[:1]  # its main reads options of its own
    try:
        ministack.app.main()
    finally:
        runs.stop_all()
        lambda_runtime.reset()
