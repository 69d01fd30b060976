locals {
  full_name = "${var.context.prefix}-${var.name}"
  arn       = "arn:${var.context.partition}:lambda:${var.context.region}:${var.context.account_id}:function:${local.full_name}"

  own_statements = concat(
    [
      {
        sid       = "WriteOwnLog"
        actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
        condition = null
      },
      {
        sid       = "ReadOwnEnvironmentVariables"
        actions   = ["kms:Decrypt"]
        resources = [var.settings.key_arn]
        condition = { StringEquals = { "kms:EncryptionContext:aws:lambda:FunctionArn" = [local.arn] } }
      },
    ],
    var.settings.tracing ? [
      {
        sid       = "SendTraces" # X-Ray has no resource-level permissions
        actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        resources = ["*"]
        condition = null
      },
    ] : [],
    flatten([
      for asynchronous in var.asynchronous[*] : [
        {
          sid       = "KeepFailedInvocations"
          actions   = ["sqs:SendMessage"]
          resources = [asynchronous.failures_queue_arn]
          condition = null
        },
      ]
    ]),
    flatten([
      for queue in var.queue[*] : [
        {
          sid       = "ConsumeQueue"
          actions   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
          resources = [queue.arn]
          condition = null
        },
      ]
    ]),
    var.queue != null || var.asynchronous != null ? [
      {
        sid       = "UseEncryptedQueues" # sending needs both, receiving only the first
        actions   = var.asynchronous != null ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]
        resources = distinct(concat([for queue in var.queue[*] : queue.key_arn], [for asynchronous in var.asynchronous[*] : asynchronous.failures_key_arn]))
        condition = { StringEquals = { "kms:ViaService" = ["sqs.${var.context.region}.amazonaws.com"] } }
      },
    ] : [],
  )
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${local.full_name}"
  retention_in_days = var.settings.log_retention_days
  kms_key_id        = var.settings.key_arn
}

resource "aws_iam_role" "this" {
  name                 = "${local.full_name}-${var.context.region}" # roles are the account's, functions a region's
  path                 = var.context.role_path
  permissions_boundary = var.context.permissions_boundary_arn
  description          = "Role of the function ${local.full_name} alone"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LambdaRunsTheFunction"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.context.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "least-privilege"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for statement in concat(local.own_statements, var.statements) : merge(
        { Sid = statement.sid, Effect = "Allow", Action = statement.actions, Resource = statement.resources },
        statement.condition == null ? {} : { Condition = statement.condition },
      )
    ]
  })
}

resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_117: The functions call the public SP-API and AWS endpoints and reach nothing private; a VPC would add a NAT gateway and no protection.
  # checkov:skip=CKV_AWS_272: The package is built and uploaded by the same principal that applies this; the bucket is versioned, encrypted and closed. Code signing would need a signing profile per user.
  # checkov:skip=CKV_AWS_116: Asynchronous invocations that fail are kept by on_failure of the event invoke config below; queues and state machines have their own.
  # checkov:skip=CKV_AWS_115: Concurrency is reserved only for single writers; elsewhere quotas in DynamoDB limit the rate.
  # checkov:skip=CKV_AWS_50: Tracing is optional (variable tracing), because it is billed per segment.
  function_name = local.full_name
  description   = var.description
  role          = aws_iam_role.this.arn

  s3_bucket        = var.settings.package_bucket
  s3_key           = var.settings.package_key
  source_code_hash = var.settings.package_hash
  runtime          = "python3.13"
  handler          = "handlers.${replace(var.name, "-", "_")}.handler"
  architectures    = [var.settings.architecture]

  timeout                        = var.timeout_seconds
  memory_size                    = var.memory_megabytes
  reserved_concurrent_executions = var.settings.reserve_concurrency && var.reserved_concurrency != null ? var.reserved_concurrency : -1
  kms_key_arn                    = var.settings.key_arn

  environment {
    variables = merge({ LOG_LEVEL = var.settings.log_level }, var.environment)
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = var.settings.log_level
    system_log_level      = "WARN"
    log_group             = aws_cloudwatch_log_group.this.name
  }

  tracing_config {
    mode = var.settings.tracing ? "Active" : "PassThrough"
  }

  # The first invocation must find its permissions.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_lambda_function_event_invoke_config" "this" {
  count = var.asynchronous == null ? 0 : 1

  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = var.asynchronous.maximum_retry_attempts
  maximum_event_age_in_seconds = var.asynchronous.maximum_event_age_seconds

  destination_config {
    on_failure {
      destination = var.asynchronous.failures_queue_arn
    }
  }
}

resource "aws_lambda_event_source_mapping" "this" {
  count = var.queue == null ? 0 : 1

  event_source_arn                   = var.queue.arn
  function_name                      = aws_lambda_function.this.arn
  batch_size                         = var.queue.batch_size
  maximum_batching_window_in_seconds = var.queue.batching_window_seconds
  function_response_types            = ["ReportBatchItemFailures"]

  dynamic "scaling_config" {
    for_each = var.queue.maximum_concurrency == null ? [] : [var.queue.maximum_concurrency]
    content {
      maximum_concurrency = scaling_config.value
    }
  }

  depends_on = [aws_iam_role_policy.this]
}
