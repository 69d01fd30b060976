# The contracts' bundle, joined with var.accounts. Plain data: the modules receive the result.
locals {
  bundle = jsondecode(fileexists(var.contracts_bundle) ? file(var.contracts_bundle) : "{\"marketplaces\": {}, \"sources\": {}}")

  marketplaces = {
    for id, marketplace in local.bundle.marketplaces :
    marketplace.code => { id = id, code = marketplace.code, time_zone = marketplace.time_zone, currency = marketplace.currency, region = marketplace.region }
  }

  # Contracts without a request part describe tables that the curation job writes about itself.
  requests = { for source, contract in local.bundle.sources : source => contract.request if can(contract.request) }
  tables   = toset(flatten([for contract in values(local.bundle.sources) : keys(contract.tables)]))

  # Errors in var.accounts that only the contracts reveal, as sentences; the preconditions of output "accounts" refuse them.
  misplaced_marketplaces = flatten([
    for name, account in var.accounts : [
      for code in account.marketplaces :
      "account ${name}: marketplace ${code} ${try("belongs to region ${local.marketplaces[code].region}, not ${account.region}", "does not exist")}"
      if try(local.marketplaces[code].region, "") != account.region
    ]
  ])

  unknown_sources = flatten([
    for name, account in var.accounts : [
      for source in keys(account.sources) : "account ${name}: there is no report contract ${source}" if !can(local.requests[source])
    ]
  ])

  unfit_sources = flatten([
    for name, account in var.accounts : [
      for source in keys(account.sources) : "account ${name} is a ${account.kind}, but ${source} is for ${join(" and ", local.requests[source].accounts)} accounts"
      if can(local.requests[source]) && !contains(try(local.requests[source].accounts, []), account.kind)
    ]
  ])

  unknown_variants = flatten([
    for name, account in var.accounts : [
      for source, enabled in account.sources : [
        for variant in coalesce(enabled.variants, []) : "account ${name}: ${source} has no variant ${variant}, it has ${join(", ", keys(local.requests[source].variants))}"
        if can(local.requests[source]) && !can(local.requests[source].variants[variant])
      ]
    ]
  ])

  accounts = {
    for name, account in var.accounts : name => {
      kind               = account.kind
      region             = account.region
      selling_partner_id = account.selling_partner_id
      application        = account.application
      start_date         = try(coalesce(account.start_date, var.default_start_date), "")
      end_date           = account.end_date
      notifications      = account.notifications
      marketplaces = [
        for code in account.marketplaces : { for field in ["id", "code", "time_zone", "currency"] : field => local.marketplaces[code][field] }
        if can(local.marketplaces[code])
      ]
    }
  }

  account_sources = merge([
    for name, account in var.accounts : {
      for source, enabled in account.sources : "${name}/${source}" => { account = name, source = source, variants = enabled.variants, start_date = enabled.start_date }
    }
  ]...)

  # SP-API docs, "SP-API Endpoints" and "Connect to the Selling Partner API".
  region_endpoints = {
    for name in ["na", "eu", "fe"] : name => {
      endpoint       = try(var.region_endpoints[name].endpoint, "https://sellingpartnerapi-${name}.amazon.com")
      token_endpoint = try(var.region_endpoints[name].token_endpoint, "https://api.amazon.com/auth/o2/token")
      document_hosts = var.document_hosts
    }
  }
}
