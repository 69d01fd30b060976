locals {
  topic_name = "${var.context.prefix}-alarms"
  topic_arn  = "arn:${var.context.partition}:sns:${var.context.region}:${var.context.account_id}:${local.topic_name}"

  queue_alarms = merge(
    {
      for name in var.dead_letter_queues : "${name}-not-empty" => {
        description = "Dead-letter queue is not empty: a message exhausted its retries (${name}). Runbook: docs/runbooks/dead-letter-queue.md"
        namespace   = "AWS/SQS"
        metric      = "ApproximateNumberOfMessagesVisible"
        statistic   = "Maximum"
        dimensions  = { QueueName = name }
        period      = 60
        threshold   = 0
      }
    },
    {
      for name in var.queues : "${name}-oldest-message" => {
        description = "Messages in ${name} wait too long: the consumer fails, is throttled or does not poll. Runbook: docs/runbooks/queue-is-stuck.md"
        namespace   = "AWS/SQS"
        metric      = "ApproximateAgeOfOldestMessage"
        statistic   = "Maximum"
        dimensions  = { QueueName = name }
        period      = 300
        threshold   = var.oldest_message_seconds
      }
    },
  )

  execution_alarms = merge([
    for name, arn in var.state_machines : {
      for ending, metric in { failed = "ExecutionsFailed", timed-out = "ExecutionsTimedOut", aborted = "ExecutionsAborted" } : "${name}-executions-${ending}" => {
        description                  = "Executions of ${name} ended abnormally (${ending}); `lake status` shows the request and the reason. Runbook: docs/runbooks/execution-failed.md"
        namespace                    = "AWS/States"
        metric                       = metric
        statistic                    = "Sum"
        dimensions                   = { StateMachineArn = arn }
        period                       = 300
        threshold                    = 0
      }
    }
  ]...)

  function_alarms = merge(
    {
      for name in var.functions : "${name}-errors" => {
        description = "Function ${name} raised an error outside a state machine. Runbook: docs/runbooks/function-errors.md"
        namespace   = "AWS/Lambda"
        metric      = "Errors"
        statistic   = "Sum"
        dimensions  = { FunctionName = name }
        period      = 300
        threshold   = 0
      }
    },
    {
      for name in var.unthrottled_functions : "${name}-throttles" => {
        description = "Function ${name} was throttled: the account's concurrency is used up, or a run takes longer than its interval. Runbook: docs/runbooks/function-errors.md"
        namespace   = "AWS/Lambda"
        metric      = "Throttles"
        statistic   = "Sum"
        dimensions  = { FunctionName = name }
        period      = 300
        threshold   = 0
      }
    },
  )

  # Figures that the functions embed in their logs (functions/adapters/observability.py).
  figures = "SellingPartnerLake"

  backlog_alarms = merge(
    {
      for name in [var.dispatching_function] : "${name}-oldest-due" => {
        description = "Due reports wait too long to be dispatched: more is due than one run a minute considers. Runbook: docs/runbooks/reports-or-documents-wait.md"
        namespace   = local.figures
        metric      = "WindowsOldestDueSeconds"
        statistic   = "Maximum"
        dimensions  = { FunctionName = name }
        period      = 300
        threshold   = var.oldest_due_seconds
      }
    },
    {
      for name in [var.sweeping_function] : "${name}-oldest-document" => {
        description = "Stored documents wait too long for curation: no run starts, or runs fail or take too long. Runbook: docs/runbooks/reports-or-documents-wait.md"
        namespace   = local.figures
        metric      = "OldestDocumentSeconds"
        statistic   = "Maximum"
        dimensions  = { FunctionName = name }
        period      = 300
        threshold   = var.oldest_document_seconds
      }
    },
  )

  alarms = merge(local.queue_alarms, local.execution_alarms, local.function_alarms, local.backlog_alarms)

  # A dead-man's switch: it fires when nothing happens. Alarms look back a day with periods below an hour, else seven days.
  silence_alarms = {
    for name, minutes in var.silence_minutes : "${name}-silent" => {
      description = "No scheduled run of ${name} ended for ${minutes} minutes: the schedule stopped, or every run breaks off. Runbook: docs/runbooks/schedule-is-silent.md"
      function    = name
      period      = minutes <= 1440 ? 60 : 3600
      periods     = ceil(minutes <= 1440 ? minutes : minutes / 60)
    }
  }
}

resource "aws_sns_topic" "alarms" {
  name              = local.topic_name
  kms_master_key_id = var.messages_key_arn
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AlarmsOfThisAccountPublish"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = local.topic_arn
        Condition = {
          StringEquals = { "aws:SourceAccount" = var.context.account_id }
          ArnLike      = { "aws:SourceArn" = "arn:${var.context.partition}:cloudwatch:${var.context.region}:${var.context.account_id}:alarm:${var.context.prefix}-*" }
        }
      },
      {
        Sid       = "RefuseWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = local.topic_arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.email_addresses

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = each.key
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  period              = each.value.period
  evaluation_periods  = 1
  threshold           = each.value.threshold
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "silence" {
  for_each = local.silence_alarms

  alarm_name          = each.key
  alarm_description   = each.value.description
  namespace           = local.figures
  metric_name         = "ScheduledRuns"
  statistic           = "Sum"
  dimensions          = { FunctionName = each.value.function }
  period              = each.value.period
  evaluation_periods  = each.value.periods
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
