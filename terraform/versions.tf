terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

# Endpoints of the local cloud come through the environment (AWS_ENDPOINT_URL and its variants), never through this file.
provider "aws" {
  region            = var.region
  s3_use_path_style = var.s3_use_path_style

  default_tags {
    tags = merge({ Project = var.prefix, ManagedBy = "terraform" }, var.tags)
  }
}
