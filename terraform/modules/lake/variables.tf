variable "context" {
  description = "Prefix of every name, partition, account and region of every ARN, and path and permissions boundary of every role."
  type = object({
    prefix                   = string
    partition                = string
    account_id               = string
    region                   = string
    role_path                = optional(string, "/")
    permissions_boundary_arn = optional(string)
  })
}

variable "databases" {
  description = "Names of the databases: curated, operations."
  type        = object({ curated = string, operations = string })
}

variable "sensitivity_tag" {
  description = "Key of the LF-Tag by which columns are granted."
  type        = string
}

variable "buckets" {
  description = "Name and ARN of the buckets raw, curated and artifacts."
  type        = map(object({ name = string, arn = string }))
}

variable "key_arns" {
  description = "ARNs of the keys: data, secrets, messages."
  type        = object({ data = string, secrets = string, messages = string })
}

variable "ledger" {
  description = "The ledger table."
  type        = object({ name = string, arn = string })
}

variable "uploads" {
  description = "S3 URIs of the job's script, packages and contracts; from module storage."
  type        = map(object({ bucket = string, key = string, uri = string }))
}

variable "catalogue_key_statements" {
  description = "IAM statements about the key of an encrypted Data Catalog; none where the catalogue needs none."
  type = list(object({
    Sid       = string
    Effect    = string
    Action    = list(string)
    Resource  = list(string)
    Condition = map(map(list(string)))
  }))
  default = []
}

variable "job" {
  description = "Workers, execution class, timeout and log retention of the Glue job."
  type = object({
    worker_type        = string
    number_of_workers  = number
    execution_class    = string
    timeout_minutes    = number
    log_retention_days = number
  })
}

variable "batching_window_seconds" {
  description = "How long messages about stored documents are collected before start_curation is called, in seconds."
  type        = number
}

variable "minimum_documents" {
  description = "How many documents must wait for a curation run to start."
  type        = number
}

variable "maximum_wait_minutes" {
  description = "How long a document may wait before a curation run starts for fewer documents, in minutes."
  type        = number
}

variable "machine_template_directory" {
  description = "Folder of the state machines' templates."
  type        = string
}

variable "machine_retry" {
  description = "Retry rules of every Lambda task, as JSON."
  type        = string
}

variable "machine_settings" {
  description = "Settings of both state machines; see modules/state_machine."
  type        = any
}

variable "alarms_topic_arn" {
  description = "Topic to which finish_curation publishes alerts."
  type        = string
}

variable "failed_invocations_arn" {
  description = "Dead-letter queue of failed asynchronous invocations."
  type        = string
}

variable "administrators" {
  description = "ARNs of the Lake Formation administrators, the role that applies this included."
  type        = list(string)
}

variable "manage_data_lake_settings" {
  description = "Whether this stack decides the account's Lake Formation settings in this region."
  type        = bool
}

variable "function_settings" {
  description = "Settings of all functions; see modules/function."
  type        = any
}
