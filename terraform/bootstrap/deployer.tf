# The role that Terraform runs as. Its permissions are complete for the main configuration: Terraform on the local cloud has this role and no other.
resource "aws_iam_role" "deployer" {
  name                 = local.name
  path                 = var.role_path
  description          = "Applies the Terraform of ${var.prefix}"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DeployersAssumeTheRole"
      Effect    = "Allow"
      Principal = { AWS = length(var.deployer_principals) > 0 ? sort(var.deployer_principals) : [local.account_root] }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_policy" "deployer" {
  # checkov:skip=CKV_AWS_288: Who deploys reads parameters and objects that the deployment itself wrote; every statement names the prefix or a tag where AWS can.
  # checkov:skip=CKV_AWS_289: Roles are limited to the prefix, to services of the lake and, by default, to a permissions boundary.
  # checkov:skip=CKV_AWS_290: The statements with "*" hold actions that have no resources in IAM (Lake Formation, lists).
  # checkov:skip=CKV_AWS_355: As above.
  # checkov:skip=CKV_AWS_286: As CKV_AWS_289.
  # checkov:skip=CKV_AWS_287: As CKV_AWS_288.
  for_each = local.deployer_statements

  name        = "${local.name}-${each.key}"
  path        = var.role_path
  description = "What the deployer of ${var.prefix} may do: ${each.key}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value })

  lifecycle {
    precondition {
      condition     = length(jsonencode({ Version = "2012-10-17", Statement = each.value })) <= 6144
      error_message = "The policy ${local.name}-${each.key} is longer than the 6144 characters that IAM allows. Shorten the prefix or the role_path."
    }
  }
}

resource "aws_iam_role_policy_attachment" "deployer" {
  for_each = aws_iam_policy.deployer

  role       = aws_iam_role.deployer.name
  policy_arn = each.value.arn
}
