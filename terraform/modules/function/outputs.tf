output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "name" {
  description = "Full name of the function."
  value       = aws_lambda_function.this.function_name
}

output "role_name" {
  description = "Name of the function's own role."
  value       = aws_iam_role.this.name
}

output "timeout_seconds" {
  description = "Timeout of the function, from which a queue's visibility timeout follows."
  value       = aws_lambda_function.this.timeout
}
