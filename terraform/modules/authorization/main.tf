locals {
  secrets = merge(
    { for name in var.applications : "applications/${name}/lwa" => "LWA client id and secret of the application ${name}" },
    { for name in var.applications : "applications/${name}/grantless" => "Cached grantless access token of the application ${name}" },
    { for name, account in var.accounts : "accounts/${name}/refresh-token" => "Refresh token of the ${account.kind} account ${name}" },
    { for name, account in var.accounts : "accounts/${name}/access-token" => "Cached access token of the ${account.kind} account ${name}" },
  )

  parameters = merge(
    { for name, endpoints in var.region_endpoints : "regions/${name}" => jsonencode(endpoints) },
    { for name, account in var.accounts : "accounts/${name}" => jsonencode(merge({ account = name }, account)) },
  )

  # The question marks stand for the six random characters that Secrets Manager appends.
  secret_arns = {
    for group in ["applications/*/lwa", "applications/*/grantless", "accounts/*/refresh-token", "accounts/*/access-token"] :
    group => "arn:${var.context.partition}:secretsmanager:${var.context.region}:${var.context.account_id}:secret:${var.context.prefix}/${group}-??????"
  }
}

# Containers only: `lake account add` puts the values, so that no secret ever passes through Terraform or its state.
resource "aws_secretsmanager_secret" "this" {
  # checkov:skip=CKV2_AWS_57: Amazon issues these values to a person (LWA credentials, refresh tokens); access tokens are renewed by the function authorize every hour.
  for_each = local.secrets

  name                    = "${var.context.prefix}/${each.key}"
  description             = each.value
  kms_key_id              = var.secrets_key_arn
  recovery_window_in_days = var.secret_recovery_days
}

resource "aws_ssm_parameter" "this" {
  for_each = local.parameters

  name   = "/${var.context.prefix}/${each.key}"
  type   = "SecureString"
  key_id = var.secrets_key_arn
  value  = each.value

  lifecycle {
    precondition {
      condition     = length(base64encode(each.value)) * 3 / 4 <= 4096
      error_message = "The parameter /${var.context.prefix}/${each.key} is larger than the 4 KB that Parameter Store allows. Split the account's marketplaces over two accounts."
    }
  }
}

# The only function that writes a token.
module "authorize" {
  source = "../function"

  context         = var.context
  settings        = var.function_settings
  name            = "authorize"
  description     = "Ensures that a valid access token is cached, and returns when it expires"
  timeout_seconds = 30

  environment = { LAKE_PREFIX = var.context.prefix }

  statements = [
    {
      # GetParametersByPath is judged on the path as the function gives it, with its last slash: `accounts/*` matches `accounts/`, but not `accounts`.
      sid       = "FindEndpointsAndAccounts"
      actions   = ["ssm:GetParameter", "ssm:GetParametersByPath"]
      resources = [for group in ["index", "accounts/*", "regions/*"] : "arn:${var.context.partition}:ssm:${var.context.region}:${var.context.account_id}:parameter/${var.context.prefix}/${group}"]
    },
    {
      sid       = "ReadCredentialsAndCachedTokens"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = values(local.secret_arns)
    },
    {
      sid       = "CacheTokens"
      actions   = ["secretsmanager:PutSecretValue"]
      resources = [local.secret_arns["applications/*/grantless"], local.secret_arns["accounts/*/access-token"]]
    },
    {
      sid       = "DecryptSecretsAndParameters"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.secrets_key_arn]
      condition = { StringEquals = { "kms:ViaService" = ["secretsmanager.${var.context.region}.amazonaws.com", "ssm.${var.context.region}.amazonaws.com"] } }
    },
  ]
}
