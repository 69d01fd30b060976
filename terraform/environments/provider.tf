# The provider of a deployment whose root is terraform/ itself. Copy it there: cp environments/provider.tf .
# It is not part of terraform/, because a module with a provider of its own can be neither repeated nor made dependent.
# Endpoints of the local cloud come through the environment (AWS_ENDPOINT_URL and its variants), never through this file.
variable "tags" {
  description = "Tags of every resource, in addition to Project and ManagedBy."
  type        = map(string)
  default     = {}
}

variable "allowed_account_ids" {
  description = "AWS accounts in which this may be applied; a plan elsewhere is refused. Empty: any."
  type        = set(string)
  default     = []
}

provider "aws" {
  region              = var.region
  allowed_account_ids = length(var.allowed_account_ids) > 0 ? var.allowed_account_ids : null

  default_tags {
    tags = merge({ Project = var.prefix, ManagedBy = "terraform" }, var.tags)
  }
}
