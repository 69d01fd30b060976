variable "context" {
  description = "Where the lake lives: the prefix of every name, the partition, account and region of every ARN."
  type = object({
    prefix     = string
    partition  = string
    account_id = string
    region     = string
  })
}

variable "curated_database" {
  description = "Name of the database of curated tables."
  type        = string
}

variable "operations_database" {
  description = "Name of the database that says how the curated tables came about."
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
  description = "How long stored documents are collected before a curation run is considered."
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
  description = "What both state machines share; see modules/state_machine."
  type        = any
}

variable "alarms_topic_arn" {
  description = "Topic to which finish_curation reports what people must know."
  type        = string
}

variable "failed_invocations_arn" {
  description = "Dead-letter queue of invocations that nobody awaited."
  type        = string
}

variable "administrators" {
  description = "ARNs of the Lake Formation administrators, the role that applies this included."
  type        = list(string)
}

variable "function_settings" {
  description = "What all functions share; see modules/function."
  type        = any
}
