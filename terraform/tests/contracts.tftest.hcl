# The contracts' bundle: refused when stale, joined with the accounts, written to Parameter Store verbatim. More in tests/terraform/.

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

  default_start_date = "2026-01-01"
  accounts = {
    northwind = {
      kind               = "seller"
      region             = "eu"
      selling_partner_id = "A3TH9S8BH6GOGM"
      application        = "lake"
      marketplaces       = ["UK", "DE"]
      sources            = { sales_and_traffic = { variants = ["child"] } }
    }
  }
}

run "marketplaces_are_resolved_in_the_order_given" {
  command = plan
  assert {
    condition     = join(", ", [for marketplace in output.accounts.northwind.marketplaces : "${marketplace.code} ${marketplace.id} ${marketplace.currency}"]) == "UK A1F83G8C2ARO7P GBP, DE A1PA6795UKMFR9 EUR"
    error_message = "Marketplace codes are not resolved through the bundle."
  }
}

run "stale_bundle" {
  command = plan
  variables { contracts_bundle = "./tests/fixtures/bundles/stale.json" }
  expect_failures = [var.contracts_bundle]
}

run "no_accounts_yet" {
  command = plan
  variables { accounts = {} }
}
