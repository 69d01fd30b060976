# No provider block: this is a module as well (examples/as-a-module). A deployment from this folder copies environments/provider.tf here.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}
