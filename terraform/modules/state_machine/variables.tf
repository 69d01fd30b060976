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
  description = "Name of the state machine without the prefix."
  type        = string
}

variable "definition" {
  description = "The definition in Amazon States Language, rendered."
  type        = string
}

variable "statements" {
  description = "Permissions of the state machine beyond logging and tracing, as IAM statements; the Sid gives the reason."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    condition = optional(map(map(list(string))))
  }))
}

variable "settings" {
  description = "Retention and key of the log, and tracing."
  type = object({
    log_retention_days = number
    key_arn            = string
    tracing            = bool
  })
}
