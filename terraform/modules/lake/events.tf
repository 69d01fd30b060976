# A sidecar is written last: its arrival means that the document beside it is complete.
resource "aws_cloudwatch_event_rule" "document_stored" {
  name        = "${var.context.prefix}-document-stored"
  description = "Sidecars of new raw documents"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [var.buckets["raw"].name] }
      object = { key = [{ wildcard = "raw/reports/*.json" }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "stored_documents" {
  rule = aws_cloudwatch_event_rule.document_stored.name
  arn  = module.stored_documents.arn

  dead_letter_config {
    arn = var.failed_invocations_arn
  }
}

module "stored_documents" {
  source = "../queue"

  context                  = var.context
  name                     = "stored-documents"
  key_arn                  = var.key_arns.messages
  consumer_timeout_seconds = local.start_curation_timeout_seconds
  batching_window_seconds  = var.batching_window_seconds

  senders = [{
    Sid       = "TheRuleSendsSidecars"
    Principal = { Service = "events.amazonaws.com" }
    Action    = "sqs:SendMessage"
    Condition = { ArnEquals = { "aws:SourceArn" = "arn:${var.context.partition}:events:${var.context.region}:${var.context.account_id}:rule/${var.context.prefix}-document-stored" } }
  }]
}
