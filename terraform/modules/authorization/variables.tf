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

variable "applications" {
  description = "Names of the SP-API applications."
  type        = set(string)
}

variable "accounts" {
  description = "Seller accounts and vendor groups by name, with their marketplaces resolved."
  type = map(object({
    kind               = string
    region             = string
    selling_partner_id = string
    application        = string
    start_date         = string
    end_date           = string
    notifications      = string
    marketplaces = list(object({
      id        = string
      code      = string
      time_zone = string
      currency  = string
    }))
  }))
}

variable "region_endpoints" {
  description = "SP-API and token endpoint of each Selling Partner region, and the hosts of its documents."
  type = map(object({
    endpoint       = string
    token_endpoint = string
    document_hosts = list(string)
  }))
}

variable "secrets_key_arn" {
  description = "KMS key of secrets and parameters."
  type        = string
}

variable "secret_recovery_days" {
  description = "How long a deleted secret can be restored; 0 deletes at once."
  type        = number
}

variable "function_settings" {
  description = "Settings of all functions; see modules/function."
  type        = any
}
