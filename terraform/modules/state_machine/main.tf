locals {
  full_name = "${var.context.prefix}-${var.name}"
  arn       = "arn:${var.context.partition}:states:${var.context.region}:${var.context.account_id}:stateMachine:${local.full_name}"

  own_statements = concat(
    [
      {
        sid = "DeliverOwnLog" # log delivery has no resource-level permissions
        actions = [
          "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
          "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
        ]
        resources = ["*"]
        condition = null
      },
    ],
    var.settings.tracing ? [
      {
        sid       = "SendTraces" # X-Ray has no resource-level permissions
        actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"]
        resources = ["*"]
        condition = null
      },
    ] : [],
  )
}

resource "aws_cloudwatch_log_group" "this" {
  # Below /aws/vendedlogs, so that AWS does not fill the account's small log resource policy with one entry per machine.
  name              = "/aws/vendedlogs/states/${local.full_name}"
  retention_in_days = var.settings.log_retention_days
  kms_key_id        = var.settings.key_arn
}

resource "aws_iam_role" "this" {
  name                 = "${local.full_name}-machine-${var.context.region}" # roles are the account's, machines a region's
  path                 = var.context.role_path
  permissions_boundary = var.context.permissions_boundary_arn
  description          = "Role of the state machine ${local.full_name} alone"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "StepFunctionsRunsTheMachine"
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.context.account_id }
        ArnLike      = { "aws:SourceArn" = local.arn }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  # checkov:skip=CKV_AWS_290: Log delivery and X-Ray have no resource-level permissions; every other statement names its resources.
  # checkov:skip=CKV_AWS_355: As above.
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

resource "aws_sfn_state_machine" "this" {
  # checkov:skip=CKV_AWS_285: include_execution_data is off on purpose, see the comment at logging_configuration.
  # checkov:skip=CKV_AWS_284: Tracing is optional (variable tracing), because it is billed per segment.
  name       = local.full_name
  role_arn   = aws_iam_role.this.arn
  type       = "STANDARD"
  definition = var.definition

  # Every state's entry and exit is logged, its data is not: tokens and URLs never enter it by design, but the cause of an error may quote
  # what Amazon answered. The execution history keeps the data for 90 days where only states:GetExecutionHistory reaches it.
  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.this.arn}:*"
    include_execution_data = false
    level                  = "ALL"
  }

  tracing_configuration {
    enabled = var.settings.tracing
  }

  depends_on = [aws_iam_role_policy.this]
}
