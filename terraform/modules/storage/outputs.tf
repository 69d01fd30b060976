output "buckets" {
  description = "Name and ARN of each bucket by purpose: raw, curated, artifacts, results."
  value       = { for purpose, bucket in local.buckets : purpose => { name = bucket.bucket, arn = bucket.arn } }
}

output "key_arns" {
  description = "ARNs of the keys: data, secrets, messages."
  value       = { data = aws_kms_key.data.arn, secrets = aws_kms_key.secrets.arn, messages = aws_kms_key.messages.arn }
}

output "ledger" {
  description = "Name and ARN of the ledger."
  value       = { name = aws_dynamodb_table.ledger.name, arn = aws_dynamodb_table.ledger.arn }
}

output "quotas" {
  description = "Name and ARN of the quota table."
  value       = { name = aws_dynamodb_table.quotas.name, arn = aws_dynamodb_table.quotas.arn }
}

output "uploads" {
  description = "What was uploaded: bucket, key and S3 URI by purpose (functions, job, curation, wheels, contracts)."
  value = {
    for purpose, object in aws_s3_object.this :
    purpose => { bucket = object.bucket, key = object.key, uri = "s3://${object.bucket}/${object.key}" }
  }
}

output "functions_hash" {
  description = "Base64 SHA-256 of the functions' package, by which Lambda notices a new one."
  value       = filebase64sha256(local.uploads.functions.path)
}
