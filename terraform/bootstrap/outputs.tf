output "state_bucket" {
  description = "Name of the bucket of Terraform's state: the backend's bucket."
  value       = aws_s3_bucket.state.bucket
}

output "state_key_arn" {
  description = "KMS key of the state: the backend's kms_key_id."
  value       = aws_kms_key.state.arn
}

output "deployer_role_arn" {
  description = "ARN of the role that applies the main configuration."
  value       = aws_iam_role.deployer.arn
}

output "permissions_boundary_arn" {
  description = "ARN of the permissions boundary, for the main configuration's permissions_boundary_arn; null without one."
  value       = one(aws_iam_policy.boundary[*].arn)
}
