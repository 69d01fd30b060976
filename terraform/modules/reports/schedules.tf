locals {
  schedules = {
    dispatch-reports = {
      expression = var.schedules.dispatch
      target     = module.dispatch_reports.arn
      # The scheduler substitutes the time at which this tick was due, so that a late invocation plans what was due then.
      input = { scheduled_time = "<aws.scheduler.scheduled-time>" }
    }
    discover-reports = { expression = var.schedules.discover, target = module.discover_reports.arn, input = {} }
    sweep            = { expression = var.schedules.sweep, target = module.sweep.arn, input = {} }
    subscribe        = { expression = var.schedules.subscribe, target = module.subscribe.arn, input = {} }
  }
}

resource "aws_iam_role" "scheduler" {
  name                 = "${var.context.prefix}-scheduler-${var.context.region}"
  path                 = var.context.role_path
  permissions_boundary = var.context.permissions_boundary_arn
  description          = "Role of the schedules of ${var.context.prefix} alone"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "SchedulerTicks"
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.context.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "scheduler" {
  name = "least-privilege"
  role = aws_iam_role.scheduler.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StartScheduledFunctions"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [for schedule in local.schedules : schedule.target]
      },
      {
        Sid      = "KeepFailedTicks"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [module.failed_invocations.arn]
      },
      {
        Sid      = "EncryptFailedTicksAndReadSchedules"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [var.key_arns.messages]
      },
    ]
  })
}

resource "aws_scheduler_schedule_group" "this" {
  name = var.context.prefix
}

resource "aws_scheduler_schedule" "this" {
  for_each = local.schedules

  name                = "${var.context.prefix}-${each.key}"
  group_name          = aws_scheduler_schedule_group.this.name
  state               = var.schedules.enabled ? "ENABLED" : "DISABLED"
  schedule_expression = each.value.expression
  kms_key_arn         = var.key_arns.messages

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = each.value.target
    role_arn = aws_iam_role.scheduler.arn
    # Written as text: jsonencode would escape the angle brackets of the placeholder.
    input = replace(replace(jsonencode(each.value.input), "\\u003c", "<"), "\\u003e", ">")

    retry_policy {
      maximum_retry_attempts       = 1
      maximum_event_age_in_seconds = 60
    }

    dead_letter_config {
      arn = module.failed_invocations.arn
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

# An execution that ended without recording its result: invokes sweep at once instead of waiting for its next scheduled run.
resource "aws_cloudwatch_event_rule" "executions_ended_badly" {
  name        = "${var.context.prefix}-executions-ended-badly"
  description = "Executions of both state machines that failed, timed out or were aborted"

  event_pattern = jsonencode({
    source      = ["aws.states"]
    detail-type = ["Step Functions Execution Status Change"]
    detail = {
      status          = ["FAILED", "TIMED_OUT", "ABORTED"]
      stateMachineArn = [module.machine.arn, var.curation.state_machine_arn]
    }
  })
}

resource "aws_cloudwatch_event_target" "sweep" {
  rule = aws_cloudwatch_event_rule.executions_ended_badly.name
  arn  = module.sweep.arn

  retry_policy {
    maximum_retry_attempts       = 10
    maximum_event_age_in_seconds = 3600
  }

  dead_letter_config {
    arn = module.failed_invocations.arn
  }
}

resource "aws_lambda_permission" "executions_ended_badly" {
  statement_id   = "ExecutionsEndedBadly"
  action         = "lambda:InvokeFunction"
  function_name  = module.sweep.name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.executions_ended_badly.arn
  source_account = var.context.account_id
}
