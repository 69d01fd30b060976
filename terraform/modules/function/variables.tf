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

variable "name" {
  description = "Name of the function without the prefix, in words joined by dashes; the handler is handlers.<name with underscores>.handler."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)*$", var.name))
    error_message = "The function name \"${var.name}\" must be lower-case words joined by dashes."
  }
}

variable "description" {
  description = "What the function does, in one sentence."
  type        = string
}

variable "settings" {
  description = "Settings of all functions: the uploaded package, architecture, logging, tracing, the key for logs and environment variables, and whether concurrency may be reserved."
  type = object({
    package_bucket      = string
    package_key         = string
    package_hash        = string
    architecture        = string
    log_level           = string
    log_retention_days  = number
    tracing             = bool
    key_arn             = string
    reserve_concurrency = bool
  })
}

variable "timeout_seconds" {
  description = "Maximum duration of one invocation, in seconds."
  type        = number

  validation {
    condition     = var.timeout_seconds >= 1 && var.timeout_seconds <= 900
    error_message = "AWS Lambda allows timeouts from 1 to 900 seconds."
  }
}

variable "memory_megabytes" {
  description = "Memory of one environment; the CPU share grows with it."
  type        = number
  default     = 256
}

variable "environment" {
  description = "Environment variables in addition to LOG_LEVEL. Never a secret."
  type        = map(string)
  default     = {}
}

variable "statements" {
  description = "Permissions of the function beyond writing its own log, as IAM statements; the Sid gives the reason."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    condition = optional(map(map(list(string))))
  }))
  default = []
}

variable "reserved_concurrency" {
  description = "Reserved concurrency; 1 makes the function a single writer. null: unreserved."
  type        = number
  default     = null
}

variable "asynchronous" {
  description = "How asynchronous invocations (by a schedule, a rule, another function) are retried, and the queue that keeps failed ones. null: the function is only invoked synchronously."
  type = object({
    failures_queue_arn        = string
    failures_key_arn          = string
    maximum_retry_attempts    = number
    maximum_event_age_seconds = number
  })
  default = null
}

variable "queue" {
  description = "The queue that feeds the function, if one does. Its visibility timeout must be at least six times the function's timeout plus the batching window."
  type = object({
    arn                     = string
    key_arn                 = string
    batch_size              = number
    batching_window_seconds = optional(number, 0)
    maximum_concurrency     = optional(number)
  })
  default = null

  # AWS Lambda developer guide, "Configuring scaling behavior for SQS event source mappings": never higher, or messages are throttled into the dead-letter queue.
  validation {
    condition     = var.queue == null || var.reserved_concurrency == null || try(var.queue.maximum_concurrency <= var.reserved_concurrency, false)
    error_message = "A function with a reserved concurrency needs a queue.maximum_concurrency that is not above it."
  }
}
