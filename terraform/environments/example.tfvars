# A real account: copy, adapt, and apply with
#   terraform init -backend-config=environments/backend.s3.tfbackend
#   terraform apply -var-file=environments/example.tfvars

prefix = "selling-partner-lake"
region = "eu-west-1"
tags   = { CostCenter = "retail-data" }

applications = ["retail-insights"]

accounts = {
  # One entry is one refresh token: a seller or vendor group in one Selling Partner region.
  shop-eu = {
    kind               = "seller"
    region             = "eu"
    selling_partner_id = "A3TH9S8BH6GOGM"
    application        = "retail-insights"
    start_date         = "2025-01-01"
    marketplaces       = ["DE", "FR", "IT", "ES", "NL", "UK"]
    sources = {
      sales_and_traffic = {}
      all_orders        = {}
      settlements       = {}
      search_terms      = { start_date = "2026-06-01" } # large: only since then
    }
  }
  brand-us = {
    kind               = "vendor"
    region             = "na"
    selling_partner_id = "amzn1.vg.6213651"
    application        = "retail-insights"
    start_date         = "2025-01-01"
    marketplaces       = ["US"]
    sources = {
      vendor_sales = {}
    }
  }
}

# An account of its own: this lake decides the Lake Formation settings. List all administrators, including the role that applies this.
# In an account that others use, too: false, and no lake_administrators (terraform/README.md, "Lake Formation").
manage_data_lake_settings = true
lake_administrators       = ["arn:aws:iam::111122223333:role/selling-partner-lake-deployer-eu-west-1", "arn:aws:iam::111122223333:role/data-platform-admin"]

# Who may take the roles for people (docs/people.md), and the boundary of all roles: an output of bootstrap/.
operator_principals      = ["arn:aws:iam::111122223333:role/engineers"]
analyst_principals       = ["arn:aws:iam::111122223333:role/analysts"]
permissions_boundary_arn = "arn:aws:iam::111122223333:policy/selling-partner-lake-boundary-eu-west-1"

alarm_email_addresses = ["data-team@example.com"]

job = {
  number_of_workers = 4
  execution_class   = "FLEX"
}
