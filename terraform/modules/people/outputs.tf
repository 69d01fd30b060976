output "operator_role_arn" {
  description = "ARN of the operator role."
  value       = aws_iam_role.operator.arn
}
