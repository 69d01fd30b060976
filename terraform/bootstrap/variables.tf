variable "prefix" {
  description = "Prefix of the lake's names, as in the main configuration: the deployer may touch only what bears it."
  type        = string
  default     = "selling-partner-lake"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}[a-z0-9]$", var.prefix))
    error_message = "The prefix \"${var.prefix}\" must be 3 to 25 lower-case letters, digits and dashes, beginning with a letter and not ending with a dash."
  }
}

variable "region" {
  description = "AWS region of the lake."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "\"${var.region}\" is not the name of an AWS region, such as eu-west-1."
  }
}

variable "allowed_account_ids" {
  description = "AWS accounts in which this may be applied; a plan elsewhere is refused. Empty: any."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.allowed_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "An AWS account is 12 digits."
  }
}

variable "role_path" {
  description = "Path of the deployer, of its policies, and of the roles that it may make: the main configuration's role_path."
  type        = string
  default     = "/"

  validation {
    condition     = can(regex("^/([A-Za-z0-9_+=,.@-]+/)*$", var.role_path))
    error_message = "role_path begins and ends with a slash, such as / or /data/."
  }
}

variable "deployer_principals" {
  description = "ARNs that may assume the deployer role. Empty: the principals that this account's IAM policies allow."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.deployer_principals : can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:", arn))])
    error_message = "deployer_principals are ARNs of IAM roles or users, never \"*\"."
  }
}

variable "permissions_boundary" {
  description = "Make a permissions boundary that the deployer must put on every role it creates. Without it the deployer could make a role that may do more than itself."
  type        = bool
  default     = true
}

variable "databases" {
  description = "Patterns of the names of the lake's databases. null: those that begin with the prefix, its hyphens as underscores."
  type        = set(string)
  default     = null
}

variable "catalogue_key_arn" {
  description = "ARN of the key with which this account encrypts its Glue Data Catalog, as in the main configuration; null: none."
  type        = string
  default     = null

  validation {
    condition     = var.catalogue_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.catalogue_key_arn))
    error_message = "catalogue_key_arn is the ARN of a KMS key (arn:PARTITION:kms:REGION:ACCOUNT:key/ID) or null."
  }
}

variable "state_bucket" {
  description = "Name of the bucket of Terraform's state. null: PREFIX-terraform-state-ACCOUNT-REGION."
  type        = string
  default     = null
}

variable "noncurrent_version_days" {
  description = "How long former versions of the state are kept, in days."
  type        = number
  default     = 365

  validation {
    condition     = var.noncurrent_version_days >= 1
    error_message = "noncurrent_version_days is at least 1."
  }
}

variable "key_deletion_days" {
  description = "Waiting time before the state's key is deleted, in days."
  type        = number
  default     = 30

  validation {
    condition     = var.key_deletion_days >= 7 && var.key_deletion_days <= 30
    error_message = "KMS waits 7 to 30 days."
  }
}
