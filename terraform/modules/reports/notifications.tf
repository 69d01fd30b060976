module "notifications" {
  source = "../queue"

  context                  = var.context
  name                     = "notifications"
  key_arn                  = var.key_arns.messages
  consumer_timeout_seconds = local.receive_notification_timeout_seconds

  # SP-API docs, "Set up notifications (Amazon SQS)": this principal and these actions.
  senders = [{
    Sid       = "AmazonSendsNotifications"
    Principal = { AWS = "arn:${var.context.partition}:iam::${var.notification_sender_account}:root" }
    Action    = ["sqs:SendMessage", "sqs:GetQueueAttributes"]
  }]
}

# Asynchronous invocations that failed after their retries: by schedules, rules and other functions.
module "failed_invocations" {
  source = "../dead_letter_queue"

  name    = "${var.context.prefix}-failed-invocations-dlq"
  arn     = "arn:${var.context.partition}:sqs:${var.context.region}:${var.context.account_id}:${var.context.prefix}-failed-invocations-dlq"
  key_arn = var.key_arns.messages

  statements = [{
    Sid       = "RulesKeepWhatTheyCouldNotDeliver"
    Effect    = "Allow"
    Principal = { Service = "events.amazonaws.com" }
    Action    = "sqs:SendMessage"
    Resource  = "arn:${var.context.partition}:sqs:${var.context.region}:${var.context.account_id}:${var.context.prefix}-failed-invocations-dlq"
    Condition = { ArnLike = { "aws:SourceArn" = "arn:${var.context.partition}:events:${var.context.region}:${var.context.account_id}:rule/${var.context.prefix}-*" } }
  }]
}
