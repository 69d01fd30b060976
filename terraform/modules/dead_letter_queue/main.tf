resource "aws_sqs_queue" "this" {
  name                              = var.name
  message_retention_seconds         = 1209600 # 14 days, the most that SQS keeps
  kms_master_key_id                 = var.key_arn
  kms_data_key_reuse_period_seconds = 300

  # Policies are part of the queue, not resources of their own: each further SQS resource costs the provider half a minute of waiting.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([{
      Sid       = "RefuseWithoutTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = var.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }], var.statements)
  })

  redrive_allow_policy = jsonencode(merge(
    { redrivePermission = length(var.source_queue_arns) == 0 ? "denyAll" : "byQueue" },
    length(var.source_queue_arns) == 0 ? {} : { sourceQueueArns = var.source_queue_arns },
  ))
}
