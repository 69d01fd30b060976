locals {
  parameters = merge(
    { for source, request in var.requests : "reports/${source}" => jsonencode(request) },
    { for key, enabled in var.account_sources : "accounts/${enabled.account}/sources/${enabled.source}" => jsonencode({ source = enabled.source, variants = enabled.variants, start_date = enabled.start_date }) },
  )

  digests = merge(var.parameter_digests, { for name, value in local.parameters : name => sha256(value) })
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

# The functions read this one parameter in each tick, and a folder only when its digest has changed; adapters/parameters.py computes the same digests.
# Written last, so that whoever reads a new digest finds what it tells of. Deletions come after it: a folder that does not agree with its digest yet is read again.
resource "aws_ssm_parameter" "index" {
  # checkov:skip=CKV2_AWS_34: holds digests only, no configuration: encrypted, it would cost a decryption in each tick of each function.
  name        = "/${var.context.prefix}/index"
  description = "Digests of the folders of parameters below /${var.context.prefix}"
  type        = "String"

  value = jsonencode({
    for folder in ["accounts", "regions", "reports"] :
    folder => sha256(join("\n", [for name in sort(keys(local.digests)) : "${name} ${local.digests[name]}" if startswith(name, "${folder}/")]))
  })

  depends_on = [aws_ssm_parameter.this]
}
