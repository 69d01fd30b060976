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

variable "requests" {
  description = "The request part of every report contract by source, verbatim."
  type        = any
}

variable "account_sources" {
  description = "Enabled sources by \"account/source\" the source, its variants (null: all of the contract's) and its start date (null: the account's)."
  type = map(object({
    account    = string
    source     = string
    variants   = list(string)
    start_date = string
  }))
}

variable "parameter_digests" {
  description = "SHA-256 of each parameter that module authorization wrote, by its name below the prefix; known after they are written."
  type        = map(string)
}

variable "quota_scale" {
  description = "Factor on every quota of Amazon and of the contracts; 1 on AWS."
  type        = number
}

variable "schedules" {
  description = "Schedule expressions of dispatch_reports, discover_reports, sweep and subscribe, and whether they run."
  type = object({
    enabled   = bool
    dispatch  = string
    discover  = string
    sweep     = string
    subscribe = string
  })
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

variable "execution_timeout_seconds" {
  description = "Maximum duration of one attempt at one report, in seconds, including waits for Amazon."
  type        = number
}

variable "authorize" {
  description = "The function authorize."
  type        = object({ name = string, arn = string })
}

variable "secret_arn_patterns" {
  description = "ARN patterns of the secrets by group, from module authorization."
  type        = map(string)
}

variable "curation" {
  description = "What sweep needs of module lake: the curation machine and the function that starts it."
  type = object({
    state_machine_arn     = string
    start_curation_name   = string
    start_curation_arn    = string
    execution_arn_pattern = string
  })
}

variable "ledger" {
  description = "The ledger table."
  type        = object({ name = string, arn = string })
}

variable "quotas" {
  description = "The quota table."
  type        = object({ name = string, arn = string })
}

variable "raw_bucket" {
  description = "The raw bucket."
  type        = object({ name = string, arn = string })
}

variable "key_arns" {
  description = "ARNs of the keys: data, secrets, messages."
  type        = object({ data = string, secrets = string, messages = string })
}

variable "alarms_topic_arn" {
  description = "Topic to which sweep publishes alerts about abandoned attempts."
  type        = string
}

variable "notification_sender_account" {
  description = "The AWS account from which Amazon sends SP-API notifications."
  type        = string
}

variable "function_settings" {
  description = "Settings of all functions; see modules/function."
  type        = any
}
