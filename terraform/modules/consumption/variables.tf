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

variable "tables" {
  description = "Names of the tables that the contracts define; a named query is created if its table is one of them."
  type        = set(string)
}

variable "buckets" {
  description = "Name and ARN of the buckets; query results go to results."
  type        = map(object({ name = string, arn = string }))
}

variable "data_key_arn" {
  description = "KMS key of query results."
  type        = string
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

variable "bytes_scanned_cutoff" {
  description = "Athena stops a query that scans more bytes than this."
  type        = number
}

variable "sensitivity_tag" {
  description = "Key of the LF-Tag that grants access to columns."
  type        = string
}

variable "analyst_principals" {
  description = "ARNs that may assume the analyst role. Empty: the principals that this account's IAM policies allow."
  type        = set(string)
}

variable "force_destroy" {
  description = "Delete the workgroup together with its queries."
  type        = bool
}
