locals {
  account_root = "arn:${var.context.partition}:iam::${var.context.account_id}:root"

  # Access through IAM policies: without this statement the key policy would have to name every role, and deleting a role could make the key unusable.
  administration = {
    Sid       = "AccountDecidesThroughIam"
    Effect    = "Allow"
    Principal = { AWS = local.account_root }
    Action    = "kms:*"
    Resource  = "*"
  }

  # By this tag the deployer's policies and the permissions boundary know the lake's keys, whose ARNs nobody knows before.
  tags = { Project = var.context.prefix }

  log_groups = [
    for name in ["/aws/lambda/${var.context.prefix}-*", "/aws/vendedlogs/states/${var.context.prefix}-*", "/aws-glue/${var.context.prefix}-*"] :
    "arn:${var.context.partition}:logs:${var.context.region}:${var.context.account_id}:log-group:${name}"
  ]
}

# Buckets, tables, logs, the job. S3 uses it through bucket keys and the caller's IAM permissions, so it needs no statement here.
resource "aws_kms_key" "data" {
  tags                    = local.tags
  description             = "${var.context.prefix}: buckets, tables, logs and the Glue job"
  enable_key_rotation     = true
  deletion_window_in_days = var.key_deletion_days

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.administration,
      {
        Sid       = "CloudWatchEncryptsOurLogGroups"
        Effect    = "Allow"
        Principal = { Service = "logs.${var.context.region}.amazonaws.com" }
        Action    = ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = local.log_groups } }
      },
    ]
  })

  lifecycle {
    prevent_destroy = true # without the key the data is lost
  }
}

# Secrets and parameters: who may read data must not be able to read a refresh token.
resource "aws_kms_key" "secrets" {
  tags                    = local.tags
  description             = "${var.context.prefix}: secrets and parameters"
  enable_key_rotation     = true
  deletion_window_in_days = var.key_deletion_days
  policy                  = jsonencode({ Version = "2012-10-17", Statement = [local.administration] })

  lifecycle {
    prevent_destroy = true # the refresh tokens would have to be issued again by every seller
  }
}

# Messages in flight. Principals outside this account use this key, so it must give access to messages only.
resource "aws_kms_key" "messages" {
  tags                    = local.tags
  description             = "${var.context.prefix}: queues, topics and schedules"
  enable_key_rotation     = true
  deletion_window_in_days = var.key_deletion_days

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.administration,
      {
        # Both actions are required by the SP-API docs, "Set up notifications (Amazon SQS)"; the queue's policy says which queue.
        Sid       = "AmazonSendsNotifications"
        Effect    = "Allow"
        Principal = { AWS = "arn:${var.context.partition}:iam::${var.notification_sender_account}:root" }
        Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource  = "*"
      },
      {
        # The queue and topic policies name the rules and alarms that may send; these services do not pass them on to KMS.
        Sid       = "EventsAndAlarmsSendMessages"
        Effect    = "Allow"
        Principal = { Service = ["cloudwatch.amazonaws.com", "events.amazonaws.com"] }
        Action    = ["kms:GenerateDataKey*", "kms:Decrypt"]
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_alias" "this" {
  for_each = { data = aws_kms_key.data.key_id, secrets = aws_kms_key.secrets.key_id, messages = aws_kms_key.messages.key_id }

  name          = "alias/${var.context.prefix}-${each.key}"
  target_key_id = each.value
}
