output "prefix" {
  description = "Prefix of every name."
  value       = var.prefix
}

output "region" {
  description = "AWS region of the lake."
  value       = local.context.region

  precondition {
    condition     = var.region == null || var.region == local.context.region
    error_message = "var.region is ${coalesce(var.region, "null")}, but the provider is in ${local.context.region}. Configure the provider for the region that you mean: in terraform/ with a copy of environments/provider.tf, elsewhere in your own provider block."
  }
}

output "account_id" {
  description = "AWS account of the lake."
  value       = local.context.account_id
}

output "buckets" {
  description = "Names of the buckets by purpose: raw, curated, artifacts, results."
  value       = { for purpose, bucket in module.storage.buckets : purpose => bucket.name }
}

output "tables" {
  description = "Names of the DynamoDB tables: ledger, quotas."
  value       = { ledger = module.storage.ledger.name, quotas = module.storage.quotas.name }
}

output "functions" {
  description = "Names of the functions by handler."
  value       = merge({ authorize = module.authorization.authorize.name }, module.reports.functions, module.lake.functions)
}

output "state_machine_arns" {
  description = "ARNs of the state machines: report, curation."
  value       = { report = module.reports.state_machine_arn, curation = module.lake.state_machine_arn }
}

output "queue_urls" {
  description = "URLs of the queues and their dead-letter queues."
  value = {
    notifications        = module.reports.notifications.url
    notifications_dlq    = module.reports.notifications.dead_letter_url
    stored_documents     = module.lake.stored_documents.url
    stored_documents_dlq = module.lake.stored_documents.dead_letter_url
    failed_invocations   = module.reports.failed_invocations.url
  }
}

output "notifications_queue_arn" {
  description = "ARN of the queue that Amazon sends notifications to."
  value       = module.reports.notifications.arn
}

output "job_name" {
  description = "Name of the Glue job."
  value       = module.lake.job_name
}

output "databases" {
  description = "Names of the databases: curated, operations."
  value       = module.lake.databases
}

output "workgroup" {
  description = "Name of the Athena workgroup."
  value       = module.consumption.workgroup
}

output "named_queries" {
  description = "Ids of the workgroup's named queries by name."
  value       = module.consumption.named_queries
}

output "analyst_role_arn" {
  description = "ARN of the analyst role, which reads columns tagged public or internal."
  value       = module.consumption.analyst_role_arn
}

output "operator_role_arn" {
  description = "ARN of the operator role, as which the `lake` command runs."
  value       = module.people.operator_role_arn
}

output "sensitivity_tag" {
  description = "Key of the LF-Tag by which columns are granted."
  value       = module.lake.sensitivity_tag
}

output "alarms_topic_arn" {
  description = "ARN of the topic that alarms are published to."
  value       = module.observability.topic_arn
}

output "secret_names" {
  description = "Secret containers; `lake account add` fills them."
  value       = module.authorization.secret_names
}

output "accounts" {
  description = "Accounts by name, with kind, region, application and marketplaces."
  value       = local.accounts

  # A variable's own validation cannot see the contracts; these fail the plan all the same, before anything is changed.
  precondition {
    condition     = length(local.misplaced_marketplaces) == 0
    error_message = "${join("; ", local.misplaced_marketplaces)}. An account belongs to one Selling Partner region: use the codes of contracts/marketplaces.yaml, and a second account for another region."
  }

  precondition {
    condition     = length(local.unknown_sources) == 0
    error_message = "${join("; ", local.unknown_sources)}. The contracts in contracts/reports/ are: ${join(", ", keys(local.requests))}."
  }

  precondition {
    condition     = length(local.unfit_sources) == 0
    error_message = "${join("; ", local.unfit_sources)}. Remove the source from the account's sources."
  }

  precondition {
    condition     = length(local.unknown_variants) == 0
    error_message = "${join("; ", local.unknown_variants)}. Omit variants to enable all of them."
  }
}
