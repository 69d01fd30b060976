# Variables that are accepted, and those that are refused before anything is changed; the messages are tested in tests/terraform/test_refusals.py.
# Plans only: the storage module prevents its own destruction.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  contracts_bundle    = "./tests/fixtures/bundles/fresh.json"
  contracts_directory = "./tests/fixtures/contracts"
  package_directory   = "./tests/fixtures/package"
  applications        = ["lake"]

  manage_data_lake_settings = true

  accounts = {
    northwind = {
      kind               = "seller"
      region             = "eu"
      selling_partner_id = "A3TH9S8BH6GOGM"
      application        = "lake"
      start_date         = "2026-01-01"
      marketplaces       = ["DE", "UK"]
      sources            = { sales_and_traffic = {} }
    }
  }
}

run "a_lake_with_defaults_is_planned" {
  command = plan

  assert {
    condition     = output.prefix == "selling-partner-lake" && output.buckets.raw == "selling-partner-lake-raw-123456789012-eu-west-1"
    error_message = "The defaults do not give the documented names."
  }
}

run "values_that_aws_would_refuse_are_refused_before" {
  command = plan
  variables {
    prefix                           = "Lake_1"
    region                           = "europe"
    applications                     = ["lake", "a/b"]
    document_hosts                   = ["*"]
    region_endpoints                 = { eu = { endpoint = "http://example.com", token_endpoint = "https://api.amazon.com/auth/o2/token" } }
    quota_scale                      = 0
    schedules                        = { dispatch = "every minute" }
    log_retention_days               = 100
    job                              = { worker_type = "G.4X", execution_class = "FLEX" }
    analyst_principals               = ["*"]
    kms_deletion_window_days         = 1
    curation_batching_window_seconds = 900
  }
  expect_failures = [
    var.prefix, var.region, var.applications, var.region_endpoints, var.document_hosts, var.quota_scale, var.schedules, var.log_retention_days,
    var.job, var.analyst_principals, var.kms_deletion_window_days, var.curation_batching_window_seconds,
  ]
}

run "account_without_any_start_date" {
  command = plan
  variables {
    accounts = { northwind = { kind = "seller", region = "eu", selling_partner_id = "A3TH9S8BH6GOGM", application = "lake", marketplaces = ["DE"], sources = {} } }
  }
  expect_failures = [var.accounts]
}

run "account_with_the_default_start_date_and_the_simulator" {
  command = plan
  variables {
    default_start_date = "2026-02-03"
    region_endpoints   = { eu = { endpoint = "http://127.0.0.1:4711/eu", token_endpoint = "http://127.0.0.1:4711/auth/o2/token" } }
    accounts           = { northwind = { kind = "seller", region = "eu", selling_partner_id = "A3TH9S8BH6GOGM", application = "lake", marketplaces = ["DE"], sources = {} } }
  }
  assert {
    condition     = output.accounts.northwind.start_date == "2026-02-03"
    error_message = "The account does not have default_start_date."
  }
}
