# The most that any role of the lake may do, whoever writes its policies. It names no action of IAM, so that no role can make another.
resource "aws_iam_policy" "boundary" {
  # checkov:skip=CKV_AWS_288: A boundary grants nothing: it is the most that the roles' own policies may grant.
  # checkov:skip=CKV_AWS_289: As above.
  # checkov:skip=CKV_AWS_290: As above.
  # checkov:skip=CKV_AWS_286: As above.
  # checkov:skip=CKV_AWS_287: As above.
  # checkov:skip=CKV_AWS_355: As above.
  count = var.permissions_boundary ? 1 : 0

  name        = "${var.prefix}-boundary-${var.region}"
  path        = var.role_path
  description = "The most that roles of ${var.prefix} may do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.catalogue_key_statements, [
      {
        Sid    = "OnlyTheLakesResources"
        Effect = "Allow"
        Action = ["athena:*", "cloudwatch:*", "dynamodb:*", "events:*", "glue:*", "lambda:*", "logs:*", "s3:*", "scheduler:*", "secretsmanager:*", "sns:*", "sqs:*", "ssm:*", "states:*"]
        Resource = concat(local.catalogue, [
          "arn:${local.partition}:s3:::${var.prefix}-*",
          "${local.arns.athena}:datacatalog/AwsDataCatalog",
          "${local.arns.athena}:workgroup/${var.prefix}",
          "${local.arns.cloudwatch}:alarm:${var.prefix}-*",
          "${local.arns.dynamodb}:table/${var.prefix}-*",
          "${local.arns.events}:rule/${var.prefix}-*",
          "${local.arns.glue}:job/${var.prefix}-*",
          "${local.arns.lambda}:event-source-mapping:*",
          "${local.arns.lambda}:function:${var.prefix}-*",
          "${local.arns.logs}:log-group:*${var.prefix}-*",
          "${local.arns.scheduler}:schedule-group/${var.prefix}",
          "${local.arns.scheduler}:schedule/${var.prefix}/*",
          "${local.arns.secretsmanager}:secret:${var.prefix}/*",
          "${local.arns.sns}:${var.prefix}-*",
          "${local.arns.sqs}:${var.prefix}-*",
          "${local.arns.ssm}:parameter/${var.prefix}/*",
          "${local.arns.states}:execution:${var.prefix}-*",
          "${local.arns.states}:stateMachine:${var.prefix}-*",
        ])
      },
      {
        Sid       = "OnlyTheLakesKeys"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = ["${local.arns.kms}:key/*"]
        Condition = local.tagged
      },
      {
        # Actions without resources in IAM. Log delivery: the state machines (Step Functions developer guide, "Logging in CloudWatch Logs").
        Sid    = "WhatHasNoResources"
        Effect = "Allow"
        Action = [
          "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:PutMetricData", "glue:GetDatabases", "kms:ListAliases", "lakeformation:*",
          "lambda:GetAccountSettings", "lambda:ListEventSourceMappings", "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups",
          "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
          "ssm:DescribeParameters", "sts:GetCallerIdentity", "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords",
          "xray:PutTraceSegments",
        ]
        Resource = ["*"]
      },
      {
        Sid      = "NeverNameAdministrators" # Lake Formation's own administrators decide who governs, not a role of the lake
        Effect   = "Deny"
        Action   = ["lakeformation:PutDataLakeSettings"]
        Resource = ["*"]
      },
      {
        Sid      = "BecomeTheAnalyst"
        Effect   = "Allow"
        Action   = ["sts:AssumeRole"]
        Resource = ["arn:${local.partition}:iam::${local.account_id}:role${var.role_path}${var.prefix}-analyst*"]
      },
    ])
  })
}
