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

variable "operator_principals" {
  description = "ARNs that may assume the operator role. Empty: the principals that this account's IAM policies allow."
  type        = set(string)
}

variable "query_statements" {
  description = "IAM statements that a role needs to query in the workgroup."
  type        = any
}

variable "databases" {
  description = "Names of the databases: curated, operations."
  type        = object({ curated = string, operations = string })
}

variable "sensitivity_tag" {
  description = "Key of the LF-Tag that grants access to columns."
  type        = string
}

variable "ledger" {
  description = "Name and ARN of the ledger."
  type        = object({ name = string, arn = string })
}

variable "key_arns" {
  description = "KMS keys by purpose: data, secrets, messages."
  type        = object({ data = string, secrets = string, messages = string })
}

variable "secret_arn_patterns" {
  description = "ARN patterns of the secret containers by group."
  type        = map(string)
}

variable "state_machine_arns" {
  description = "ARNs of the state machines: report, curation."
  type        = object({ report = string, curation = string })
}

variable "functions" {
  description = "Names of the functions."
  type        = set(string)
}
