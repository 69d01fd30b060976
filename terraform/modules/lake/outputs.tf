output "curation" {
  description = "The curation machine and the function that starts it, for sweep."
  value = {
    state_machine_arn     = local.machine_arn
    execution_arn_pattern = "${replace(local.machine_arn, ":stateMachine:", ":execution:")}:*"
    start_curation_name   = module.start_curation.name
    start_curation_arn    = module.start_curation.arn
  }
}

output "state_machine_arn" {
  description = "ARN of the state machine curation."
  value       = module.machine.arn
}

output "functions" {
  description = "Name of each function by handler."
  value       = { start_curation = module.start_curation.name, finish_curation = module.finish_curation.name }
}

output "job_name" {
  description = "Name of the Glue job."
  value       = aws_glue_job.curate.name
}

output "databases" {
  description = "Names of the databases: curated, operations."
  value       = { for purpose, database in aws_glue_catalog_database.this : purpose => database.name }
}

output "sensitivity_tag" {
  description = "Key of the LF-Tag that grants access to columns."
  value       = aws_lakeformation_lf_tag.sensitivity.key
}

output "stored_documents" {
  description = "The queue of stored documents: URL and names, its dead-letter queue included."
  value = {
    url              = module.stored_documents.url
    name             = module.stored_documents.name
    dead_letter_url  = module.stored_documents.dead_letter_url
    dead_letter_name = module.stored_documents.dead_letter_name
  }
}
