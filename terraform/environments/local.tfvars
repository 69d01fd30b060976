# The local cloud. What differs from run to run (region_endpoints, quota_scale, default_start_date) comes as -var or TF_VAR_*.
region = "eu-west-1"

# The job runs on the modules of this machine.
placeholder_wheels = true

applications = ["lake"]

# The simulator's accounts, with the sources of `make demo REPORTS=main`; `make demo` enables all (operations/demo/accounts.py).
accounts = {
  northwind = {
    kind               = "seller"
    region             = "eu"
    selling_partner_id = "A3TH9S8BH6GOGM"
    application        = "lake"
    marketplaces       = ["DE", "UK"]
    sources = {
      sales_and_traffic = {}
      all_orders        = {}
    }
  }
  contoso = {
    kind               = "vendor"
    region             = "na"
    selling_partner_id = "amzn1.vg.6213651"
    application        = "lake"
    marketplaces       = ["US"]
    sources = {
      vendor_sales = {}
    }
  }
}

# Data within a minute, at the price of more runs.
curation_batching_window_seconds = 5
curation_minimum_documents       = 1
curation_maximum_wait_minutes    = 0

# Nobody else uses the local cloud.
manage_data_lake_settings = true
reserve_concurrency       = true

# The local cloud loses everything when it stops, so nothing in it is protected.
force_destroy            = true
deletion_protection      = false
kms_deletion_window_days = 7
secret_recovery_days     = 0
log_retention_days       = 7
