locals {
  start_curation_timeout_seconds = 60
  start_curation_concurrency     = 2 # the least that an event source mapping allows; the lease in the ledger has one holder
  start_curation_name            = "${var.context.prefix}-start-curation"
  start_curation_arn             = "arn:${var.context.partition}:lambda:${var.context.region}:${var.context.account_id}:function:${local.start_curation_name}"
  machine_arn                    = "arn:${var.context.partition}:states:${var.context.region}:${var.context.account_id}:stateMachine:${var.context.prefix}-curation"

  keep_ledger = [
    {
      sid       = "KeepTheLedger" # never deletes: time to live does
      actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
      resources = [var.ledger.arn]
      condition = null
    },
    {
      sid       = "DecryptTables" # what the DynamoDB developer guide asks for to serve a caller from a table with a customer managed key
      actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      resources = [var.key_arns.data]
      condition = { StringEquals = { "kms:ViaService" = ["dynamodb.${var.context.region}.amazonaws.com"] } }
    },
  ]
}

module "start_curation" {
  source = "../function"

  context              = var.context
  settings             = var.function_settings
  name                 = "start-curation"
  description          = "Claims stored documents, writes their manifest and starts a curation run under the lease"
  timeout_seconds      = local.start_curation_timeout_seconds
  memory_megabytes     = 512
  reserved_concurrency = local.start_curation_concurrency

  queue = {
    arn                     = module.stored_documents.arn
    key_arn                 = var.key_arns.messages
    batch_size              = 500
    batching_window_seconds = var.batching_window_seconds
    maximum_concurrency     = local.start_curation_concurrency
  }

  asynchronous = {
    failures_queue_arn        = var.failed_invocations_arn
    failures_key_arn          = var.key_arns.messages
    maximum_retry_attempts    = 2
    maximum_event_age_seconds = 3600
  }

  environment = {
    LEDGER_TABLE               = var.ledger.name
    RAW_BUCKET                 = var.buckets["raw"].name
    ARTIFACTS_BUCKET           = var.buckets["artifacts"].name
    CURATION_STATE_MACHINE_ARN = local.machine_arn

    CURATION_MINIMUM_DOCUMENTS    = tostring(var.minimum_documents)
    CURATION_MAXIMUM_WAIT_MINUTES = tostring(var.maximum_wait_minutes)
  }

  statements = concat(local.keep_ledger, [
    {
      sid       = "ReadSidecars"
      actions   = ["s3:GetObject"]
      resources = ["${var.buckets["raw"].arn}/raw/*.json"]
      condition = null
    },
    {
      sid       = "WriteManifests"
      actions   = ["s3:PutObject"]
      resources = ["${var.buckets["artifacts"].arn}/curation/*"]
      condition = null
    },
    {
      sid       = "UseEncryptedObjects"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.key_arns.data]
      condition = { StringEquals = { "kms:ViaService" = ["s3.${var.context.region}.amazonaws.com"] } }
    },
    {
      sid       = "FindWhatWaits"
      actions   = ["dynamodb:Query"]
      resources = ["${var.ledger.arn}/index/due"]
      condition = null
    },
    {
      sid       = "StartRuns"
      actions   = ["states:StartExecution"]
      resources = [local.machine_arn]
      condition = null
    },
  ])
}

module "finish_curation" {
  source = "../function"

  context          = var.context
  settings         = var.function_settings
  name             = "finish-curation"
  description      = "Records a run's results, releases the lease and starts the next run if documents are waiting"
  timeout_seconds  = 300
  memory_megabytes = 512

  environment = {
    LEDGER_TABLE            = var.ledger.name
    ARTIFACTS_BUCKET        = var.buckets["artifacts"].name
    ALARMS_TOPIC_ARN        = var.alarms_topic_arn
    START_CURATION_FUNCTION = local.start_curation_name
  }

  statements = concat(local.keep_ledger, [
    {
      sid       = "ReadManifestsAndResults"
      actions   = ["s3:GetObject"]
      resources = ["${var.buckets["artifacts"].arn}/curation/*"]
      condition = null
    },
    {
      sid       = "DecryptObjects"
      actions   = ["kms:Decrypt"]
      resources = [var.key_arns.data]
      condition = { StringEquals = { "kms:ViaService" = ["s3.${var.context.region}.amazonaws.com"] } }
    },
    {
      sid       = "ListRuns"
      actions   = ["dynamodb:Query"]
      resources = [var.ledger.arn]
      condition = null
    },
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
      # Its ARN is computed: start_curation starts the machine, the machine calls this function.
      sid       = "LookForMoreToCurate"
      actions   = ["lambda:InvokeFunction"]
      resources = [local.start_curation_arn]
      condition = null
    },
  ])
}
