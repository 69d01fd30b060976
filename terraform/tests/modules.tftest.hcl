# Each module by itself: properties that it must keep. Rules over the whole plan are in tests/terraform/.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  context = { prefix = "lake", partition = "aws", account_id = "123456789012", region = "eu-west-1" }
}

run "a_queue_outlives_its_consumer_and_has_a_dead_letter_queue" {
  command = plan
  module { source = "./modules/queue" }
  variables {
    name                     = "notifications"
    key_arn                  = "arn:aws:kms:eu-west-1:123456789012:key/messages"
    consumer_timeout_seconds = 30
    batching_window_seconds  = 20
    senders                  = [{ Sid = "Amazon", Principal = { AWS = "arn:aws:iam::437568002678:root" }, Action = ["sqs:SendMessage"] }]
  }

  assert {
    condition     = aws_sqs_queue.this.visibility_timeout_seconds == 6 * 30 + 20
    error_message = "The visibility timeout must be six times the consumer's timeout plus the batching window."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy).maxReceiveCount == 5 && output.dead_letter_name == "lake-notifications-dlq"
    error_message = "A message is delivered five times and then kept in {queue}-dlq."
  }
  assert {
    condition     = [for statement in jsondecode(aws_sqs_queue.this.policy).Statement : statement.Sid if statement.Effect == "Deny"][0] == "RefuseWithoutTls"
    error_message = "The queue must refuse requests without TLS."
  }
  assert {
    condition     = [for statement in jsondecode(aws_sqs_queue.this.policy).Statement : statement.Resource if statement.Effect == "Allow"][0] == "arn:aws:sqs:eu-west-1:123456789012:lake-notifications"
    error_message = "A sender may use only this queue."
  }
}

run "a_dead_letter_queue_keeps_for_fourteen_days" {
  command = plan
  module { source = "./modules/dead_letter_queue" }
  variables {
    name    = "lake-failed-dlq"
    arn     = "arn:aws:sqs:eu-west-1:123456789012:lake-failed-dlq"
    key_arn = "arn:aws:kms:eu-west-1:123456789012:key/messages"
  }

  assert {
    condition     = aws_sqs_queue.this.message_retention_seconds == 1209600 && aws_sqs_queue.this.kms_master_key_id == "arn:aws:kms:eu-west-1:123456789012:key/messages"
    error_message = "Dead letters are encrypted and kept for 14 days."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_allow_policy).redrivePermission == "denyAll"
    error_message = "A queue without sources must refuse redrives."
  }
}

run "secrets_are_containers_and_parameters_are_verbatim" {
  command = plan
  module { source = "./modules/authorization" }
  variables {
    applications = ["lake"]
    accounts = {
      northwind = {
        kind         = "seller", region = "eu", selling_partner_id = "A3TH9S8BH6GOGM", application = "lake", start_date = "2026-01-01", end_date = null, notifications = "auto"
        marketplaces = [{ id = "A1PA6795UKMFR9", code = "DE", time_zone = "Europe/Berlin", currency = "EUR" }]
      }
    }
    region_endpoints     = { eu = { endpoint = "https://sellingpartnerapi-eu.amazon.com", token_endpoint = "https://api.amazon.com/auth/o2/token", document_hosts = ["*.s3.amazonaws.com"] } }
    secrets_key_arn      = "arn:aws:kms:eu-west-1:123456789012:key/secrets"
    secret_recovery_days = 30
    function_settings = {
      package_bucket = "artifacts", package_key = "functions.zip", package_hash = "hash", architecture = "arm64", log_level = "INFO", log_retention_days = 7
      tracing        = false, key_arn = "arn:aws:kms:eu-west-1:123456789012:key/data", reserve_concurrency = true
    }
  }

  assert {
    condition     = join(" ", output.secret_names) == "lake/accounts/northwind/access-token lake/accounts/northwind/refresh-token lake/applications/lake/grantless lake/applications/lake/lwa"
    error_message = "The secret containers do not have the documented names."
  }
  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.this : secret.kms_key_id == var.secrets_key_arn])
    error_message = "Every secret uses the key of secrets."
  }
  assert {
    condition     = alltrue([for parameter in aws_ssm_parameter.this : parameter.type == "SecureString" && parameter.key_id == var.secrets_key_arn])
    error_message = "Every parameter is a SecureString under the key of secrets."
  }
  assert {
    condition = jsondecode(nonsensitive(aws_ssm_parameter.this["accounts/northwind"].value)) == {
      account      = "northwind", kind = "seller", region = "eu", selling_partner_id = "A3TH9S8BH6GOGM", application = "lake", start_date = "2026-01-01", end_date = null, notifications = "auto"
      marketplaces = [{ id = "A1PA6795UKMFR9", code = "DE", time_zone = "Europe/Berlin", currency = "EUR" }]
    }
    error_message = "The account's parameter does not have the documented shape."
  }
}

run "raw_data_cannot_be_read_in_the_clear_or_written_otherwise_encrypted" {
  command = plan
  module { source = "./modules/storage" }
  variables {
    package_directory           = "./tests/fixtures/package"
    contracts_bundle            = "./tests/fixtures/bundles/fresh.json"
    force_destroy               = false
    deletion_protection         = true
    key_deletion_days           = 30
    noncurrent_version_days     = 30
    results_days                = 14
    notification_sender_account = "437568002678"
  }

  assert {
    condition = alltrue([
      for policy in aws_s3_bucket_policy.this :
      toset([for statement in jsondecode(policy.policy).Statement : statement.Sid if statement.Effect == "Deny"]) == toset(["RefuseWithoutTls", "RefuseOtherEncryption", "RefuseOtherKeys", "RefuseCustomerProvidedKeys"])
    ])
    error_message = "Every bucket refuses plain HTTP and any encryption other than its own."
  }
  assert {
    condition     = length(aws_s3_bucket_policy.this) == 4 && length(aws_s3_bucket_public_access_block.this) == 4 && length(aws_s3_bucket_lifecycle_configuration.this) == 4
    error_message = "Every bucket has a policy, a public access block and a lifecycle."
  }
  assert {
    condition     = aws_s3_bucket_notification.raw.eventbridge
    error_message = "The raw bucket must send events to EventBridge."
  }
  assert {
    condition     = alltrue([for key in [aws_kms_key.data, aws_kms_key.secrets, aws_kms_key.messages] : key.enable_key_rotation])
    error_message = "Keys rotate."
  }
  assert {
    condition     = [for statement in jsondecode(aws_kms_key.messages.policy).Statement : statement.Principal.AWS if statement.Sid == "AmazonSendsNotifications"][0] == "arn:aws:iam::437568002678:root"
    error_message = "Amazon's principal must be able to encrypt what it sends."
  }
  assert {
    condition     = !strcontains(aws_kms_key.data.policy, "437568002678") && !strcontains(aws_kms_key.secrets.policy, "437568002678")
    error_message = "Amazon's principal must not be allowed to use the keys of data and secrets."
  }
  assert {
    condition     = aws_dynamodb_table.ledger.deletion_protection_enabled && aws_dynamodb_table.ledger.point_in_time_recovery[0].enabled && aws_dynamodb_table.ledger.ttl[0].attribute_name == "expires_at"
    error_message = "The ledger is protected and recoverable, and deletes expired items."
  }
  assert {
    condition     = [for index in aws_dynamodb_table.ledger.global_secondary_index : "${index.name} ${index.hash_key} ${index.range_key} ${index.projection_type}"][0] == "due due_shard next_action_at ALL"
    error_message = "The ledger's index due does not have the documented keys."
  }
}

run "a_single_writer_gets_one_concurrent_run" {
  command = plan
  module { source = "./modules/function" }
  variables {
    name                 = "dispatch-reports"
    description          = "Plans"
    timeout_seconds      = 60
    reserved_concurrency = 1
    environment          = { LEDGER_TABLE = "lake-ledger" }
    statements           = [{ sid = "KeepTheLedger", actions = ["dynamodb:GetItem"], resources = ["arn:aws:dynamodb:eu-west-1:123456789012:table/lake-ledger"] }]
    settings = {
      package_bucket = "artifacts", package_key = "functions.zip", package_hash = "hash", architecture = "arm64", log_level = "INFO", log_retention_days = 7
      tracing        = false, key_arn = "arn:aws:kms:eu-west-1:123456789012:key/data", reserve_concurrency = true
    }
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 1 && aws_lambda_function.this.handler == "handlers.dispatch_reports.handler"
    error_message = "The single writer must not run twice, and its handler is named after it."
  }
  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ LOG_LEVEL = "INFO", LEDGER_TABLE = "lake-ledger" })
    error_message = "A function's environment is LOG_LEVEL and the given variables, nothing else."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Sid] == ["WriteOwnLog", "ReadOwnEnvironmentVariables", "KeepTheLedger"]
    error_message = "A role has only its own statements."
  }
  assert {
    condition     = aws_cloudwatch_log_group.this.kms_key_id == "arn:aws:kms:eu-west-1:123456789012:key/data" && aws_cloudwatch_log_group.this.retention_in_days == 7
    error_message = "Logs are encrypted and expire."
  }
}

run "an_account_that_may_not_reserve_concurrency" {
  command = plan
  module { source = "./modules/function" }
  variables {
    name                 = "dispatch-reports"
    description          = "Plans"
    timeout_seconds      = 60
    reserved_concurrency = 1
    settings = {
      package_bucket = "artifacts", package_key = "functions.zip", package_hash = "hash", architecture = "arm64", log_level = "INFO", log_retention_days = 7
      tracing        = false, key_arn = "arn:aws:kms:eu-west-1:123456789012:key/data", reserve_concurrency = false
    }
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "reserve_concurrency = false must leave concurrency unreserved."
  }
}

run "a_silent_schedule_is_found_within_what_an_alarm_can_look_back" {
  command = plan
  module { source = "./modules/observability" }
  variables {
    messages_key_arn        = "arn:aws:kms:eu-west-1:123456789012:key/messages"
    email_addresses         = []
    queues                  = []
    dead_letter_queues      = []
    oldest_message_seconds  = 3600
    state_machines          = {}
    functions               = []
    unthrottled_functions   = []
    silence_minutes         = { lake-a-day = 1440, lake-more = 1441, lake-a-week = 10080 }
    dispatching_function    = "lake-dispatch-reports"
    sweeping_function       = "lake-sweep"
    oldest_due_seconds      = 3600
    oldest_document_seconds = 3600
  }

  assert {
    condition = { for alarm in aws_cloudwatch_metric_alarm.silence : alarm.alarm_name => [alarm.period, alarm.evaluation_periods] } == {
      lake-a-day-silent = [60, 1440], lake-more-silent = [3600, 25], lake-a-week-silent = [3600, 168]
    }
    error_message = "A day with periods below an hour, else seven days (PutMetricAlarm)."
  }
}

run "schedules_that_are_disabled_are_not_expected_to_run" {
  command = plan
  module { source = "./modules/observability" }
  variables {
    messages_key_arn        = "arn:aws:kms:eu-west-1:123456789012:key/messages"
    email_addresses         = []
    queues                  = []
    dead_letter_queues      = []
    oldest_message_seconds  = 3600
    state_machines          = {}
    functions               = []
    unthrottled_functions   = []
    silence_minutes         = {}
    dispatching_function    = "lake-dispatch-reports"
    sweeping_function       = "lake-sweep"
    oldest_due_seconds      = 3600
    oldest_document_seconds = 3600
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.silence) == 0
    error_message = "A disabled schedule has no alarm."
  }
}

run "a_queue_that_calls_more_often_than_the_function_may_run" {
  command = plan
  module { source = "./modules/function" }
  variables {
    name                 = "start-curation"
    description          = "Claims"
    timeout_seconds      = 60
    reserved_concurrency = 1
    queue                = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake-stored-documents", key_arn = "arn:aws:kms:eu-west-1:123456789012:key/messages", batch_size = 500, maximum_concurrency = 2 }
    settings = {
      package_bucket = "artifacts", package_key = "functions.zip", package_hash = "hash", architecture = "arm64", log_level = "INFO", log_retention_days = 7
      tracing        = false, key_arn = "arn:aws:kms:eu-west-1:123456789012:key/data", reserve_concurrency = true
    }
  }
  expect_failures = [var.queue]
}
