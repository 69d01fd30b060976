data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

locals {
  # Names of their own, so that two lakes fit one account; a name that is given stays.
  name_stem = replace(var.prefix, "-", "_")
  databases = {
    curated    = coalesce(var.curated_database, "${local.name_stem}_curated")
    operations = coalesce(var.operations_database, "${local.name_stem}_operations")
  }

  context = {
    prefix     = var.prefix
    partition  = data.aws_partition.current.partition
    account_id = data.aws_caller_identity.current.account_id
    region     = data.aws_region.current.id # version 6 of the provider deprecates the name

    role_path                = var.role_path
    permissions_boundary_arn = var.permissions_boundary_arn
  }

  function_settings = {
    package_bucket      = module.storage.uploads["functions"].bucket
    package_key         = module.storage.uploads["functions"].key
    package_hash        = module.storage.functions_hash
    architecture        = var.function_architecture
    log_level           = var.log_level
    log_retention_days  = var.log_retention_days
    tracing             = var.tracing
    key_arn             = module.storage.key_arns.data
    reserve_concurrency = var.reserve_concurrency
  }

  # What each role that reads or writes an encrypted catalogue needs (Glue developer guide, "Encrypting your Data Catalog"; Athena user guide,
  # "Configure access from Athena to encrypted metadata in the AWS Glue Data Catalog": readers need all three actions, too).
  catalogue_key_statements = [for arn in var.catalogue_key_arn[*] : {
    Sid       = "UseTheCataloguesKey"
    Effect    = "Allow"
    Action    = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    Resource  = [arn]
    Condition = { StringEquals = { "kms:ViaService" = ["glue.${local.context.region}.amazonaws.com"] } }
  }]

  machine_settings = {
    log_retention_days = var.log_retention_days
    key_arn            = module.storage.key_arns.data
    tracing            = var.tracing
  }

  # Temporary errors, retried by every task that calls a function. Quotas and expired tokens have states of their own; other errors are final.
  machine_retry = jsonencode([{
    ErrorEquals = [
      "SellingPartnerUnavailable", "TokenEndpointUnavailable",
      "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException",
    ]
    IntervalSeconds = 2
    BackoffRate     = 2
    MaxAttempts     = 6
    MaxDelaySeconds = 120
    JitterStrategy  = "FULL"
  }])

  machine_template_directory = "${path.module}/state_machines"

  schedule_functions = {
    dispatch  = module.reports.functions.dispatch_reports
    discover  = module.reports.functions.discover_reports
    sweep     = module.reports.functions.sweep
    subscribe = module.reports.functions.subscribe
  }

  # Two intervals of a rate; a cron expression has its own number (validated).
  silence_minutes = {
    for name in keys(local.schedule_functions) : name => try(
      var.schedules.silence_minutes[name],
      max(15, 2 * tonumber(regex("^rate\\(([0-9]+) ", var.schedules[name])[0]) * { minute = 1, hour = 60, day = 1440 }[regex("(minute|hour|day)s?\\)$", var.schedules[name])[0]]),
    )
  }
}

module "storage" {
  source = "./modules/storage"

  context                     = local.context
  package_directory           = var.package_directory
  contracts_bundle            = var.contracts_bundle
  force_destroy               = var.force_destroy
  deletion_protection         = var.deletion_protection
  key_deletion_days           = var.kms_deletion_window_days
  noncurrent_version_days     = var.noncurrent_version_days
  results_days                = var.results_days
  notification_sender_account = var.notification_sender_account
}

module "authorization" {
  source = "./modules/authorization"

  context              = local.context
  applications         = var.applications
  accounts             = local.accounts
  region_endpoints     = local.region_endpoints
  secrets_key_arn      = module.storage.key_arns.secrets
  secret_recovery_days = var.secret_recovery_days
  function_settings    = local.function_settings
}

module "reports" {
  source = "./modules/reports"

  context                     = local.context
  requests                    = local.requests
  account_sources             = local.account_sources
  parameter_digests           = module.authorization.parameter_digests
  quota_scale                 = var.quota_scale
  schedules                   = var.schedules
  machine_template_directory  = local.machine_template_directory
  machine_retry               = local.machine_retry
  machine_settings            = local.machine_settings
  execution_timeout_seconds   = var.report_execution_timeout_hours * 3600
  authorize                   = module.authorization.authorize
  secret_arn_patterns         = module.authorization.secret_arn_patterns
  curation                    = module.lake.curation
  ledger                      = module.storage.ledger
  quotas                      = module.storage.quotas
  raw_bucket                  = module.storage.buckets["raw"]
  key_arns                    = module.storage.key_arns
  alarms_topic_arn            = module.observability.topic_arn
  notification_sender_account = var.notification_sender_account
  function_settings           = local.function_settings
}

module "lake" {
  source = "./modules/lake"

  context                    = local.context
  databases                  = local.databases
  sensitivity_tag            = coalesce(var.sensitivity_tag, "${var.prefix}-sensitivity")
  buckets                    = module.storage.buckets
  key_arns                   = module.storage.key_arns
  ledger                     = module.storage.ledger
  uploads                    = module.storage.uploads
  catalogue_key_statements   = local.catalogue_key_statements
  job                        = merge(var.job, { log_retention_days = var.log_retention_days })
  batching_window_seconds    = var.curation_batching_window_seconds
  minimum_documents          = var.curation_minimum_documents
  maximum_wait_minutes       = var.curation_maximum_wait_minutes
  machine_template_directory = local.machine_template_directory
  machine_retry              = local.machine_retry
  machine_settings           = local.machine_settings
  alarms_topic_arn           = module.observability.topic_arn
  failed_invocations_arn     = module.reports.failed_invocations.arn
  manage_data_lake_settings  = var.manage_data_lake_settings
  administrators             = length(var.lake_administrators) > 0 ? sort(var.lake_administrators) : [data.aws_iam_session_context.current.issuer_arn]
  function_settings          = local.function_settings
}

module "consumption" {
  source = "./modules/consumption"

  context                  = local.context
  databases                = module.lake.databases
  tables                   = local.tables
  buckets                  = module.storage.buckets
  data_key_arn             = module.storage.key_arns.data
  catalogue_key_statements = local.catalogue_key_statements
  bytes_scanned_cutoff     = var.athena_bytes_scanned_cutoff
  sensitivity_tag          = module.lake.sensitivity_tag
  analyst_principals       = var.analyst_principals
  force_destroy            = var.force_destroy
}

module "people" {
  source = "./modules/people"

  context             = local.context
  operator_principals = var.operator_principals
  query_statements    = module.consumption.query_statements
  databases           = module.lake.databases
  sensitivity_tag     = module.lake.sensitivity_tag
  ledger              = module.storage.ledger
  key_arns            = module.storage.key_arns
  secret_arn_patterns = module.authorization.secret_arn_patterns
  state_machine_arns  = { report = module.reports.state_machine_arn, curation = module.lake.state_machine_arn }
  functions           = concat([module.authorization.authorize.name], values(module.reports.functions), values(module.lake.functions))
}

module "observability" {
  source = "./modules/observability"

  context                = local.context
  messages_key_arn       = module.storage.key_arns.messages
  email_addresses        = var.alarm_email_addresses
  queues                 = [module.reports.notifications.name, module.lake.stored_documents.name]
  dead_letter_queues     = [module.reports.notifications.dead_letter_name, module.lake.stored_documents.dead_letter_name, module.reports.failed_invocations.name]
  oldest_message_seconds = var.oldest_message_seconds
  state_machines         = { "${var.prefix}-report" = module.reports.state_machine_arn, "${var.prefix}-curation" = module.lake.state_machine_arn }

  # A state machine handles the errors of the functions that it calls: it retries them, and some are signals (QuotaExhausted).
  functions = [
    module.reports.functions.subscribe, module.reports.functions.dispatch_reports, module.reports.functions.discover_reports,
    module.reports.functions.receive_notification, module.reports.functions.sweep, module.lake.functions.start_curation,
  ]
  unthrottled_functions = [module.reports.functions.dispatch_reports]

  silence_minutes         = { for name, function in local.schedule_functions : function => local.silence_minutes[name] if var.schedules.enabled }
  dispatching_function    = module.reports.functions.dispatch_reports
  sweeping_function       = module.reports.functions.sweep
  oldest_due_seconds      = var.oldest_due_seconds
  oldest_document_seconds = var.oldest_document_seconds
}
