locals {
  receive_notification_timeout_seconds = 30

  machine_arn           = "arn:${var.context.partition}:states:${var.context.region}:${var.context.account_id}:stateMachine:${var.context.prefix}-report"
  execution_arn_pattern = "arn:${var.context.partition}:states:${var.context.region}:${var.context.account_id}:execution:${var.context.prefix}-report:*"
  parameter_arn         = "arn:${var.context.partition}:ssm:${var.context.region}:${var.context.account_id}:parameter/${var.context.prefix}"

  # Statements that several of the policies below share.
  may = {
    read_index = [
      {
        sid       = "ReadIndex"
        actions   = ["ssm:GetParameter"]
        resources = ["${local.parameter_arn}/index"]
        condition = null
      },
    ]
    read_parameters = [
      {
        sid       = "ReadConfiguration" # the index, and one parameter of a folder
        actions   = ["ssm:GetParameter"]
        resources = ["${local.parameter_arn}/*"]
        condition = null
      },
    ]
    list_parameters = [
      {
        # Judged on the folder's path as the function gives it, with its last slash: `/*` matches `accounts/`; a path without the slash, such as the prefix, it would not.
        sid       = "ListConfiguration"
        actions   = ["ssm:GetParametersByPath"]
        resources = ["${local.parameter_arn}/accounts/*", "${local.parameter_arn}/reports/*"]
        condition = null
      },
    ]
    decrypt_parameters = [
      {
        sid       = "DecryptConfiguration"
        actions   = ["kms:Decrypt"]
        resources = [var.key_arns.secrets]
        condition = { StringEquals = { "kms:ViaService" = ["ssm.${var.context.region}.amazonaws.com"] } }
      },
    ]
    read_access_tokens = [
      {
        sid       = "ReadCachedAccessTokens"
        actions   = ["secretsmanager:GetSecretValue"]
        resources = [var.secret_arn_patterns["accounts/*/access-token"]]
        condition = null
      },
      {
        sid       = "DecryptCachedAccessTokens"
        actions   = ["kms:Decrypt"]
        resources = [var.key_arns.secrets]
        condition = { StringEquals = { "kms:ViaService" = ["secretsmanager.${var.context.region}.amazonaws.com"] } }
      },
    ]
    read_ledger = [
      {
        sid       = "ReadTheLedger"
        actions   = ["dynamodb:GetItem"]
        resources = [var.ledger.arn]
        condition = null
      },
    ]
    keep_ledger = [
      {
        sid       = "KeepTheLedger" # never deletes: time to live does
        actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
        resources = [var.ledger.arn]
        condition = null
      },
    ]
    list_ledger = [
      {
        sid       = "ListTheLedger"
        actions   = ["dynamodb:Query"]
        resources = [var.ledger.arn]
        condition = null
      },
    ]
    find_due = [
      {
        sid       = "FindWhatIsDue"
        actions   = ["dynamodb:Query"]
        resources = ["${var.ledger.arn}/index/due"]
        condition = null
      },
    ]
    use_quotas = [
      {
        sid       = "ReserveQuota"
        actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        resources = [var.quotas.arn]
        condition = null
      },
    ]
    decrypt_tables = [
      {
        sid       = "DecryptTables" # what the DynamoDB developer guide asks for to serve a caller from a table with a customer managed key
        actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        resources = [var.key_arns.data]
        condition = { StringEquals = { "kms:ViaService" = ["dynamodb.${var.context.region}.amazonaws.com"] } }
      },
    ]
    ask_for_tokens = [
      {
        sid       = "AskForTokens"
        actions   = ["lambda:InvokeFunction"]
        resources = [var.authorize.arn]
        condition = null
      },
    ]
    complete_tasks = [
      {
        sid       = "CompleteWaitingTasks"
        actions   = ["states:SendTaskSuccess"]
        resources = [local.machine_arn]
        condition = null
      },
    ]
  }

  # Permissions to call Amazon for an account: its region, its token, the quotas.
  calls_amazon = concat(local.may.read_parameters, local.may.decrypt_parameters, local.may.read_access_tokens, local.may.use_quotas, local.may.decrypt_tables)

  amazon_environment = {
    LAKE_PREFIX  = var.context.prefix
    LEDGER_TABLE = var.ledger.name
    QUOTAS_TABLE = var.quotas.name
    QUOTA_SCALE  = tostring(var.quota_scale)
  }

  asynchronous = {
    failures_queue_arn        = module.failed_invocations.arn
    failures_key_arn          = var.key_arns.messages
    maximum_retry_attempts    = 0 # the next scheduled run does the same work
    maximum_event_age_seconds = 300
  }
}

module "subscribe" {
  source = "../function"

  context         = var.context
  settings        = var.function_settings
  name            = "subscribe"
  description     = "Subscribes each account to report notifications, or marks it as polled"
  timeout_seconds = 300
  asynchronous    = merge(local.asynchronous, { maximum_retry_attempts = 2, maximum_event_age_seconds = 3600 })

  environment = {
    LAKE_PREFIX             = var.context.prefix
    LEDGER_TABLE            = var.ledger.name
    NOTIFICATIONS_QUEUE_ARN = module.notifications.arn
    AUTHORIZE_FUNCTION      = var.authorize.name
  }

  statements = concat(local.may.read_parameters, local.may.list_parameters, local.may.decrypt_parameters, local.may.read_access_tokens, local.may.keep_ledger, local.may.decrypt_tables, local.may.ask_for_tokens, [
    {
      sid       = "ReadCachedGrantlessTokens"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [var.secret_arn_patterns["applications/*/grantless"]]
      condition = null
    },
  ])
}

module "dispatch_reports" {
  source = "../function"

  context              = var.context
  settings             = var.function_settings
  name                 = "dispatch-reports"
  description          = "Plans due windows, reserves quota and starts one execution per attempt at a report"
  timeout_seconds      = 60
  memory_megabytes     = 512
  reserved_concurrency = 1 # a single writer of plans and reservations
  asynchronous         = merge(local.asynchronous, { maximum_event_age_seconds = 60 })

  environment = merge(local.amazon_environment, { REPORT_STATE_MACHINE_ARN = local.machine_arn })

  statements = concat(local.may.read_index, local.may.list_parameters, local.may.decrypt_parameters, local.may.keep_ledger, local.may.list_ledger, local.may.find_due, local.may.use_quotas, local.may.decrypt_tables, [
    {
      sid       = "StartAttempts"
      actions   = ["states:StartExecution"]
      resources = [local.machine_arn]
      condition = null
    },
  ])
}

module "discover_reports" {
  source = "../function"

  context         = var.context
  settings        = var.function_settings
  name            = "discover-reports"
  description     = "Finds reports that Amazon creates on its own schedule, and enters them into the ledger"
  timeout_seconds = 240 # below its interval
  asynchronous    = local.asynchronous

  environment = merge(local.amazon_environment, { AUTHORIZE_FUNCTION = var.authorize.name })
  statements  = concat(local.calls_amazon, local.may.list_parameters, local.may.keep_ledger, local.may.list_ledger, local.may.ask_for_tokens)
}

module "request_report" {
  source = "../function"

  context         = var.context
  settings        = var.function_settings
  name            = "request-report"
  description     = "Requests one report from Amazon, once, and stores the task token for its notification"
  timeout_seconds = 60

  environment = local.amazon_environment
  statements  = concat(local.calls_amazon, local.may.keep_ledger, local.may.complete_tasks)
}

module "receive_notification" {
  source = "../function"

  context         = var.context
  settings        = var.function_settings
  name            = "receive-notification"
  description     = "Matches Amazon's notifications to the requests that wait for them"
  timeout_seconds = local.receive_notification_timeout_seconds

  queue = {
    arn        = module.notifications.arn
    key_arn    = var.key_arns.messages
    batch_size = 10
  }

  environment = { LEDGER_TABLE = var.ledger.name }
  statements  = concat(local.may.keep_ledger, local.may.list_ledger, local.may.decrypt_tables, local.may.complete_tasks)
}

module "check_report" {
  source = "../function"

  context         = var.context
  settings        = var.function_settings
  name            = "check-report"
  description     = "Polls Amazon for the status of a report if no notification has arrived"
  timeout_seconds = 60

  environment = local.amazon_environment
  statements  = concat(local.calls_amazon, local.may.read_ledger)
}

module "fetch_document" {
  source = "../function"

  context          = var.context
  settings         = var.function_settings
  name             = "fetch-document"
  description      = "Streams a finished report's document into the raw bucket, and verifies it"
  timeout_seconds  = 900 # documents of gigabytes; the URL's five minutes bound the start of the download, not its end
  memory_megabytes = 1024

  environment = merge(local.amazon_environment, { RAW_BUCKET = var.raw_bucket.name })

  statements = concat(local.calls_amazon, local.may.keep_ledger, [
    {
      sid       = "StoreRawDocuments"
      actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
      resources = ["${var.raw_bucket.arn}/raw/*"]
      condition = null
    },
    {
      sid       = "EncryptRawDocuments"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.key_arns.data]
      condition = { StringEquals = { "kms:ViaService" = ["s3.${var.context.region}.amazonaws.com"] } }
    },
  ])
}

module "sweep" {
  source = "../function"

  context         = var.context
  settings        = var.function_settings
  name            = "sweep"
  description     = "Recovers attempts and curation runs that ended without recording a result, and releases what they held"
  timeout_seconds = 120
  asynchronous    = merge(local.asynchronous, { maximum_retry_attempts = 2 })

  environment = {
    LEDGER_TABLE            = var.ledger.name
    ALARMS_TOPIC_ARN        = var.alarms_topic_arn
    START_CURATION_FUNCTION = var.curation.start_curation_name
  }

  statements = concat(local.may.keep_ledger, local.may.list_ledger, local.may.find_due, local.may.decrypt_tables, [
    {
      sid       = "TellPeople"
      actions   = ["sns:Publish"]
      resources = [var.alarms_topic_arn]
      condition = null
    },
    {
      sid       = "EncryptWhatIsTold"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.key_arns.messages]
      condition = { StringEquals = { "kms:ViaService" = ["sns.${var.context.region}.amazonaws.com"] } }
    },
    {
      sid       = "SeeHowExecutionsEnded"
      actions   = ["states:DescribeExecution"]
      resources = [local.execution_arn_pattern, var.curation.execution_arn_pattern]
      condition = null
    },
    {
      sid       = "LookForMoreToCurate"
      actions   = ["lambda:InvokeFunction"]
      resources = [var.curation.start_curation_arn]
      condition = null
    },
  ])
}
