locals {
  full_name = "${var.context.prefix}-${var.name}"
  arn       = "arn:${var.context.partition}:sqs:${var.context.region}:${var.context.account_id}:${local.full_name}"
}

module "dead_letters" {
  source = "../dead_letter_queue"

  name              = "${local.full_name}-dlq"
  arn               = "${local.arn}-dlq"
  key_arn           = var.key_arn
  source_queue_arns = [local.arn]
}

resource "aws_sqs_queue" "this" {
  name                              = local.full_name
  visibility_timeout_seconds        = 6 * var.consumer_timeout_seconds + var.batching_window_seconds
  message_retention_seconds         = 1209600 # 14 days: a long outage must not lose messages
  receive_wait_time_seconds         = 20
  kms_master_key_id                 = var.key_arn
  kms_data_key_reuse_period_seconds = 300

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "RefuseWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = local.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
      [for sender in var.senders : merge(sender, { Effect = "Allow", Resource = local.arn })],
    )
  })

  redrive_policy = jsonencode({
    deadLetterTargetArn = module.dead_letters.arn
    maxReceiveCount     = var.maximum_receives
  })
}
