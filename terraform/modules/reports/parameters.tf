locals {
  parameters = merge(
    { for source, request in var.requests : "reports/${source}" => jsonencode(request) },
    { for key, enabled in var.account_sources : "accounts/${enabled.account}/sources/${enabled.source}" => jsonencode({ source = enabled.source, variants = enabled.variants, start_date = enabled.start_date }) },
  )
}

# What to request for which account: a change needs an apply, but no deployment of code.
resource "aws_ssm_parameter" "this" {
  for_each = local.parameters

  name   = "/${var.context.prefix}/${each.key}"
  type   = "SecureString"
  key_id = var.key_arns.secrets
  value  = each.value

  lifecycle {
    precondition {
      condition     = length(base64encode(each.value)) * 3 / 4 <= 4096
      error_message = "The parameter /${var.context.prefix}/${each.key} is larger than the 4 KB that Parameter Store allows. Shorten the request part of its contract, e.g. by splitting variants into a second contract."
    }
  }
}
