# A configuration of your own that has a lake in it. `make contracts package` comes first; the paths are from the folder in which Terraform runs.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

# Where others already have something, the lake gets a provider of its own: its region and its tags.
provider "aws" {
  alias  = "ireland"
  region = "eu-west-1"

  default_tags {
    tags = { Project = "retail", ManagedBy = "terraform" }
  }
}

module "lake" {
  source = "../.."

  # A module with a provider block of its own would allow neither of these.
  for_each  = toset(["retail-lake"])
  providers = { aws = aws.ireland }

  prefix              = each.key
  contracts_directory = "${var.lake_repository}/contracts"
  contracts_bundle    = "${var.lake_repository}/build/contracts.json"
  package_directory   = "${var.lake_repository}/build"

  applications = ["retail-insights"]

  accounts = {
    shop-eu = {
      kind               = "seller"
      region             = "eu"
      selling_partner_id = "A3TH9S8BH6GOGM"
      application        = "retail-insights"
      start_date         = "2026-01-01"
      marketplaces       = ["DE", "FR"]
      sources            = { sales_and_traffic = {}, all_orders = {} }
    }
  }

  # The account has other tenants, who look after its Lake Formation settings.
  manage_data_lake_settings = false
}

variable "lake_repository" {
  description = "Folder of a copy of selling-partner-lake."
  type        = string
  default     = "../../.."
}

# `terraform output -json > lake.json` writes what the `lake` command needs.
output "lake" {
  description = "Outputs of the lake."
  value       = module.lake["retail-lake"]
}
