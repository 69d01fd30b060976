# Who runs the `lake` command. Its permissions are what the commands do, and nothing more: each has a row in docs/people.md.
locals {
  arn = {
    for service in ["lambda", "ssm"] : service => "arn:${var.context.partition}:${service}:${var.context.region}:${var.context.account_id}"
  }

  # The credentials that `lake account add` stores; the cached tokens are the function authorize's alone.
  credential_arns = [var.secret_arn_patterns["applications/*/lwa"], var.secret_arn_patterns["accounts/*/refresh-token"]]
}

resource "aws_iam_role" "operator" {
  name                 = "${var.context.prefix}-operator-${var.context.region}"
  path                 = var.context.role_path
  permissions_boundary = var.context.permissions_boundary_arn
  description          = "Runs the lake command: registers accounts, sees what is missing, queries"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OperatorsAssumeTheRole"
      Effect    = "Allow"
      Principal = { AWS = length(var.operator_principals) > 0 ? sort(var.operator_principals) : ["arn:${var.context.partition}:iam::${var.context.account_id}:root"] }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "operator" {
  # checkov:skip=CKV_AWS_290: lakeformation:GetDataAccess has no resource-level permissions in IAM; Lake Formation's grants decide what it opens.
  # checkov:skip=CKV_AWS_355: As above.
  name = "least-privilege"
  role = aws_iam_role.operator.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "ReadConfiguration"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:GetParametersByPath"]
        Resource = ["${local.arn.ssm}:parameter/${var.context.prefix}/*"]
      },
      {
        Sid       = "DecryptConfiguration"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [var.key_arns.secrets]
        Condition = { StringEquals = { "kms:ViaService" = ["ssm.${var.context.region}.amazonaws.com"] } }
      },
      {
        Sid      = "ReadTheLedger"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:Query"]
        Resource = [var.ledger.arn]
      },
      {
        Sid       = "DecryptTheLedger"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [var.key_arns.data]
        Condition = { StringEquals = { "kms:ViaService" = ["dynamodb.${var.context.region}.amazonaws.com"] } }
      },
      {
        Sid      = "StoreCredentials" # and never reads one
        Effect   = "Allow"
        Action   = ["secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"]
        Resource = local.credential_arns
      },
      {
        # Secrets Manager asks for both to store a value (its user guide, "Secret encryption and decryption").
        Sid       = "EncryptCredentials"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [var.key_arns.secrets]
        Condition = { StringEquals = { "kms:ViaService" = ["secretsmanager.${var.context.region}.amazonaws.com"] } }
      },
      {
        Sid      = "CallFunctionsByHand"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [for name in sort(var.functions) : "${local.arn.lambda}:function:${name}"]
      },
      {
        Sid      = "SeeWhatRuns"
        Effect   = "Allow"
        Action   = ["states:ListExecutions"]
        Resource = values(var.state_machine_arns)
      },
    ], var.query_statements)
  })
}

# ---- the operator sees what the analyst sees: public and internal columns, never personal ones
resource "aws_lakeformation_permissions" "operator_databases" {
  for_each = var.databases

  principal   = aws_iam_role.operator.arn
  permissions = ["DESCRIBE"]

  database {
    name = each.value
  }
}

resource "aws_lakeformation_permissions" "operator_tables" {
  principal   = aws_iam_role.operator.arn
  permissions = ["DESCRIBE", "SELECT"]

  lf_tag_policy {
    resource_type = "TABLE"

    expression {
      key    = var.sensitivity_tag
      values = ["internal", "public"]
    }
  }
}
