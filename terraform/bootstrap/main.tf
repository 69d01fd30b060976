# What an administrator applies once, before the lake: the bucket of Terraform's state, and the role that deploys.
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  partition    = data.aws_partition.current.partition
  account_id   = data.aws_caller_identity.current.account_id
  account_root = "arn:${local.partition}:iam::${local.account_id}:root"
  name         = "${var.prefix}-deployer-${var.region}"
  databases    = var.databases == null ? toset(["${replace(var.prefix, "-", "_")}_*"]) : var.databases

  # ARNs of this account and region, by service; buckets and IAM have none.
  arns = {
    for service in ["athena", "cloudwatch", "dynamodb", "events", "glue", "kms", "lambda", "logs", "scheduler", "secretsmanager", "sns", "sqs", "ssm", "states"] :
    service => "arn:${local.partition}:${service}:${var.region}:${local.account_id}"
  }

  roles        = "arn:${local.partition}:iam::${local.account_id}:role${var.role_path}${var.prefix}-*"
  itself       = "arn:${local.partition}:iam::${local.account_id}:role${var.role_path}${local.name}"
  boundary_arn = "arn:${local.partition}:iam::${local.account_id}:policy${var.role_path}${var.prefix}-boundary-${var.region}"
  catalogue    = concat(["${local.arns.glue}:catalog"], flatten([for name in sort(local.databases) : ["${local.arns.glue}:database/${name}", "${local.arns.glue}:table/${name}/*"]]))
}
