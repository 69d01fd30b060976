output "workgroup" {
  description = "Name of the Athena workgroup."
  value       = aws_athena_workgroup.this.name
}

output "query_statements" {
  description = "IAM statements that a role needs to query in the workgroup."
  value       = local.query_statements
}

output "analyst_role_arn" {
  description = "ARN of the analyst role."
  value       = aws_iam_role.analyst.arn
}

output "named_queries" {
  description = "Ids of the named queries by name."
  value       = { for name, query in aws_athena_named_query.this : name => query.id }
}
