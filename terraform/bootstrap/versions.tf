terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

# The state of this configuration stays on the administrator's disk: it makes the bucket that a state could be in, holds no secret, and every resource
# of it can be imported again by its name.
provider "aws" {
  region              = var.region
  allowed_account_ids = length(var.allowed_account_ids) > 0 ? var.allowed_account_ids : null

  default_tags {
    tags = { Project = var.prefix, ManagedBy = "terraform" }
  }
}
