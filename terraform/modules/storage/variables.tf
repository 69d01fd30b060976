variable "context" {
  description = "Prefix of every name, and partition, account and region of every ARN."
  type = object({
    prefix     = string
    partition  = string
    account_id = string
    region     = string
  })
}

variable "package_directory" {
  description = "Folder with functions.zip and glue/{curate.py,curation.zip,wheels.zip}."
  type        = string
}

variable "contracts_bundle" {
  description = "Path of the contracts' bundle, which the Glue job reads from the artifacts bucket."
  type        = string
}

variable "force_destroy" {
  description = "Empty the artifacts and results buckets when they are destroyed. Raw and curated data are protected either way."
  type        = bool
}

variable "deletion_protection" {
  description = "Deletion protection of the DynamoDB tables, in DynamoDB itself."
  type        = bool
}

variable "key_deletion_days" {
  description = "Waiting time before a KMS key is deleted, in days."
  type        = number
}

variable "noncurrent_version_days" {
  description = "How long overwritten and deleted objects are kept as noncurrent versions."
  type        = number
}

variable "results_days" {
  description = "How long query results are kept."
  type        = number
}

variable "notification_sender_account" {
  description = "The AWS account from which Amazon sends SP-API notifications."
  type        = string
}
