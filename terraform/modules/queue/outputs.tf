output "arn" {
  description = "ARN of the queue."
  value       = aws_sqs_queue.this.arn
}

output "name" {
  description = "Name of the queue."
  value       = aws_sqs_queue.this.name
}

output "url" {
  description = "URL of the queue."
  value       = aws_sqs_queue.this.url
}

output "dead_letter_arn" {
  description = "ARN of the dead-letter queue."
  value       = module.dead_letters.arn
}

output "dead_letter_name" {
  description = "Name of the dead-letter queue."
  value       = module.dead_letters.name
}

output "dead_letter_url" {
  description = "URL of the dead-letter queue."
  value       = module.dead_letters.url
}
