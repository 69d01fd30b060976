output "authorize" {
  description = "Name and ARN of the function authorize."
  value       = { name = module.authorize.name, arn = module.authorize.arn }
}

output "secret_names" {
  description = "Names of the secret containers that `lake account add` fills."
  value       = sort([for secret in aws_secretsmanager_secret.this : secret.name])
}

output "secret_arn_patterns" {
  description = "ARN patterns of the secrets by group, for the policies of the functions that read a cached token."
  value       = local.secret_arns
}

output "parameter_digests" {
  description = "SHA-256 of each parameter by its name below the prefix; whoever uses it waits until the parameters are written."
  value       = { for name, value in local.parameters : name => sha256(value) }
  depends_on  = [aws_ssm_parameter.this]
}
