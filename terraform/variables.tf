# ---------------------------------------------------------------- location
variable "prefix" {
  description = "Prefix of every name. It cannot be changed later, because the buckets that hold the raw data are named after it."
  type        = string
  default     = "selling-partner-lake"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}[a-z0-9]$", var.prefix))
    error_message = "The prefix \"${var.prefix}\" must be 3 to 25 lower-case letters, digits and dashes, beginning with a letter and not ending with a dash: bucket names contain it."
  }
}

variable "region" {
  description = "AWS region of the lake; it may differ from the Selling Partner region. A plan is refused if the provider is in another. null: the provider's."
  type        = string
  default     = null

  validation {
    condition     = var.region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "\"${coalesce(var.region, "null")}\" is not the name of an AWS region, such as eu-west-1."
  }
}

# ---------------------------------------------------------------- accounts and contracts
variable "applications" {
  description = "Names of the SP-API applications; each gets secret containers for its LWA credentials and its grantless token."
  type        = set(string)

  validation {
    condition     = alltrue([for name in var.applications : can(regex("^[a-z][a-z0-9-]{0,38}[a-z0-9]$", name))])
    error_message = "Application names must be 2 to 40 lower-case letters, digits and dashes. Rename: ${join(", ", [for name in var.applications : name if !can(regex("^[a-z][a-z0-9-]{0,38}[a-z0-9]$", name))])}."
  }
}

variable "accounts" {
  description = <<-EOT
    Seller accounts and vendor groups by name. One entry is one refresh token: a seller or vendor group in one Selling Partner region.
    kind: seller or vendor. region: na, eu or fe. selling_partner_id: merchant token of a seller (A3TH...), id of a vendor group (amzn1.vg....).
    application: one of var.applications. start_date (default: var.default_start_date), end_date: windows outside are never
    requested. notifications: auto subscribes and falls back to polling, never polls at once. marketplaces: codes such as DE or US.
    sources: the contracts to ingest; variants null means all of the contract's, and a start_date of the source applies if it is
    later than the account's: years of sales, but only weeks of search terms.
  EOT

  type = map(object({
    kind               = string
    region             = string
    selling_partner_id = string
    application        = string
    start_date         = optional(string)
    end_date           = optional(string)
    notifications      = optional(string, "auto")
    marketplaces       = list(string)
    sources            = map(object({ variants = optional(list(string)), start_date = optional(string) }))
  }))

  validation {
    condition     = alltrue([for name, account in var.accounts : can(regex("^[a-z][a-z0-9-]{0,38}[a-z0-9]$", name))])
    error_message = "Account names must be 2 to 40 lower-case letters, digits and dashes: they are part of object keys and parameter names. Rename: ${join(", ", [for name, account in var.accounts : name if !can(regex("^[a-z][a-z0-9-]{0,38}[a-z0-9]$", name))])}."
  }

  validation {
    condition     = alltrue([for name, account in var.accounts : contains(["seller", "vendor"], account.kind)])
    error_message = "An account's kind must be seller or vendor. Correct: ${join(", ", [for name, account in var.accounts : "${name} (${account.kind})" if !contains(["seller", "vendor"], account.kind)])}."
  }

  validation {
    condition     = alltrue([for name, account in var.accounts : contains(["na", "eu", "fe"], account.region)])
    error_message = "A Selling Partner region is na, eu or fe. Correct: ${join(", ", [for name, account in var.accounts : "${name} (${account.region})" if !contains(["na", "eu", "fe"], account.region)])}."
  }

  validation {
    condition     = alltrue([for name, account in var.accounts : can(regex(account.kind == "vendor" ? "^amzn1\\.vg\\.[0-9]+$" : "^A[0-9A-Z]{9,20}$", account.selling_partner_id))])
    error_message = "A seller's selling_partner_id is its merchant token (A3TH9S8BH6GOGM), a vendor's the id of the vendor group (amzn1.vg.6213651). Correct: ${join(", ", [for name, account in var.accounts : "${name} (${account.selling_partner_id})" if !can(regex(account.kind == "vendor" ? "^amzn1\\.vg\\.[0-9]+$" : "^A[0-9A-Z]{9,20}$", account.selling_partner_id))])}."
  }

  validation {
    condition     = alltrue([for name, account in var.accounts : contains(var.applications, account.application)])
    error_message = "Each account belongs to one of var.applications. Add the application, or correct: ${join(", ", [for name, account in var.accounts : "${name} (${account.application})" if !contains(var.applications, account.application)])}."
  }

  validation {
    condition     = alltrue([for account in values(var.accounts) : can(coalesce(account.start_date, var.default_start_date))])
    error_message = "Set var.default_start_date, or a start_date of: ${join(", ", [for name, account in var.accounts : name if !can(coalesce(account.start_date, var.default_start_date))])}."
  }

  validation {
    condition = alltrue(flatten([for account in values(var.accounts) : [
      for date in [account.start_date, account.end_date] : date == null ? true : can(formatdate("YYYY", "${date}T00:00:00Z"))
    ]]))
    error_message = "start_date and end_date are written YYYY-MM-DD. Correct: ${join(", ", flatten([for name, account in var.accounts : [
      for date in [account.start_date, account.end_date] : "${name} (${date})" if date == null ? false : !can(formatdate("YYYY", "${date}T00:00:00Z"))
    ]]))}."
  }

  validation {
    condition = alltrue(flatten([for account in values(var.accounts) : [
      for source in values(account.sources) : source.start_date == null ? true : can(formatdate("YYYY", "${source.start_date}T00:00:00Z"))
    ]]))
    error_message = "A source's start_date is written YYYY-MM-DD. Correct: ${join(", ", flatten([for name, account in var.accounts : [
      for source, enabled in account.sources : "${name}/${source} (${enabled.start_date})" if enabled.start_date == null ? false : !can(formatdate("YYYY", "${enabled.start_date}T00:00:00Z"))
    ]]))}."
  }

  validation {
    condition = alltrue(flatten([for account in values(var.accounts) : [
      for source in values(account.sources) : try(timecmp("${account.end_date}T00:00:00Z", "${source.start_date}T00:00:00Z") >= 0, true)
    ]]))
    error_message = "A source's start_date must not be after its account's end_date. Correct, or remove the source: ${join(", ", flatten([for name, account in var.accounts : [
      for source, enabled in account.sources : "${name}/${source}" if try(timecmp("${account.end_date}T00:00:00Z", "${enabled.start_date}T00:00:00Z") < 0, false)
    ]]))}."
  }

  validation {
    condition = alltrue([for account in values(var.accounts) :
      account.end_date == null ? true : try(timecmp("${account.end_date}T00:00:00Z", "${coalesce(account.start_date, var.default_start_date)}T00:00:00Z") >= 0, true)
    ])
    error_message = "An account's end_date must not be before its start_date. Correct: ${join(", ", [for name, account in var.accounts :
      name if account.end_date == null ? false : try(timecmp("${account.end_date}T00:00:00Z", "${coalesce(account.start_date, var.default_start_date)}T00:00:00Z") < 0, false)
    ])}."
  }

  validation {
    condition     = alltrue([for account in values(var.accounts) : contains(["auto", "never"], account.notifications)])
    error_message = "notifications is auto (subscribe, poll if Amazon refuses) or never (poll). Correct: ${join(", ", [for name, account in var.accounts : "${name} (${account.notifications})" if !contains(["auto", "never"], account.notifications)])}."
  }

  validation {
    condition     = alltrue([for account in values(var.accounts) : length(account.marketplaces) > 0 && length(distinct(account.marketplaces)) == length(account.marketplaces)])
    error_message = "Each account has at least one marketplace, and each only once. Correct: ${join(", ", [for name, account in var.accounts : name if length(account.marketplaces) == 0 || length(distinct(account.marketplaces)) != length(account.marketplaces)])}."
  }
}

variable "default_start_date" {
  description = "First day to request for accounts without a start_date of their own, written YYYY-MM-DD."
  type        = string
  default     = null

  validation {
    condition     = var.default_start_date == null ? true : can(formatdate("YYYY", "${var.default_start_date}T00:00:00Z"))
    error_message = "default_start_date is written YYYY-MM-DD, not ${coalesce(var.default_start_date, "-")}."
  }
}

variable "contracts_bundle" {
  description = "Path of the contracts' bundle that `make contracts` writes."
  type        = string
  default     = "../build/contracts.json"

  validation {
    condition     = fileexists(var.contracts_bundle)
    error_message = "The contracts' bundle ${var.contracts_bundle} does not exist. Run `make contracts`."
  }

  validation {
    # The same digest as operations/contracts computes: "path NUL sha256 newline" for each file, sorted by path.
    condition = !fileexists(var.contracts_bundle) || try(jsondecode(file(var.contracts_bundle)).digest, "") == sha256(join("", [
      for path in sort(fileset(var.contracts_directory, "**")) : "${path}\u0000${filesha256("${var.contracts_directory}/${path}")}\n"
    ]))
    error_message = "The contracts' bundle ${var.contracts_bundle} is stale: it does not match the contracts in ${var.contracts_directory}. Run `make contracts`."
  }
}

variable "contracts_directory" {
  description = "Folder of the contracts from which the bundle was made; a plan refuses an outdated bundle."
  type        = string
  default     = "../contracts"
}

variable "package_directory" {
  description = "Folder with the output of `make package`: functions.zip and glue/{curate.py,curation.zip,wheels.zip}."
  type        = string
  default     = "../build"

  validation {
    condition     = alltrue([for name in ["functions.zip", "glue/curate.py", "glue/curation.zip", "glue/wheels.zip"] : fileexists("${var.package_directory}/${name}")])
    error_message = "Missing in ${var.package_directory}: ${join(", ", [for name in ["functions.zip", "glue/curate.py", "glue/curation.zip", "glue/wheels.zip"] : name if !fileexists("${var.package_directory}/${name}")])}. Run `make package`."
  }

  validation {
    # The archive that stands for the wheels on the local cloud, told by its content (operations/deployment/wheels.py, write_placeholder).
    condition     = var.placeholder_wheels || try(filesha256("${var.package_directory}/glue/wheels.zip"), "") != "66a62016dd05a9c5b810c5c298c5c00b03d54c8414d409b3cd5fec249537955d"
    error_message = "${var.package_directory}/glue/wheels.zip holds no wheels: it is the placeholder of the local cloud, and every run of the Glue job would fail at its start. Run `make package`."
  }
}

variable "placeholder_wheels" {
  description = "Accept the placeholder that stands for the Glue job's wheels. Only for the local cloud, whose job uses the modules of this machine."
  type        = bool
  default     = false
}

# ---------------------------------------------------------------- ingestion
variable "region_endpoints" {
  description = "SP-API and token endpoints that replace Amazon's own, by Selling Partner region (na, eu, fe): for the simulator or the SP-API sandbox. An endpoint may have a path."
  type = map(object({
    endpoint       = string
    token_endpoint = string
  }))
  default = {}

  validation {
    condition     = alltrue([for name in keys(var.region_endpoints) : contains(["na", "eu", "fe"], name)])
    error_message = "A Selling Partner region is na, eu or fe. Remove: ${join(", ", setsubtract(keys(var.region_endpoints), ["na", "eu", "fe"]))}."
  }

  validation {
    condition = alltrue(flatten([for endpoints in values(var.region_endpoints) : [
      for url in [endpoints.endpoint, endpoints.token_endpoint] : can(regex("^(https://[^/]+|http://(127\\.0\\.0\\.1|localhost)(:[0-9]+)?)(/[^ ]*)?$", url))
    ]]))
    error_message = "Endpoints must be https URLs, because refresh tokens are sent to them. Plain http is allowed only to 127.0.0.1 and localhost."
  }
}

variable "document_hosts" {
  description = "Hosts from which report documents are downloaded, as patterns (* stands for any characters). The URLs come from Amazon's answers; https only. Loopback addresses are allowed where region_endpoints point at one."
  type        = list(string)
  default     = ["*.s3.amazonaws.com", "*.s3-*.amazonaws.com", "*.s3.*.amazonaws.com", "*.cloudfront.net"]

  validation {
    condition     = length(var.document_hosts) > 0 && alltrue([for pattern in var.document_hosts : can(regex("^[a-z0-9*.-]*[a-z0-9-]+\\.[a-z]{2,}$", pattern))])
    error_message = "document_hosts are patterns such as *.s3.amazonaws.com that end with a domain: what they match, the functions download from. Correct: ${join(", ", [for pattern in var.document_hosts : pattern if !can(regex("^[a-z0-9*.-]*[a-z0-9-]+\\.[a-z]{2,}$", pattern))])}."
  }
}

variable "quota_scale" {
  description = "Factor on Amazon's quotas and the contracts' limits. 1 on AWS; on the local cloud the factor that the simulator uses."
  type        = number
  default     = 1

  validation {
    condition     = var.quota_scale > 0
    error_message = "quota_scale must be greater than 0."
  }
}

variable "schedules" {
  description = "EventBridge Scheduler expressions: how often to dispatch due reports, to discover reports that Amazon creates on its own schedule (each as often as its contract says), to recover stalled work, and to check subscriptions; enabled = false stops all four. silence_minutes: after how many minutes without a run that ended an alarm fires, by schedule; the default is two intervals of a rate, at least 15 minutes, and a cron expression needs one."
  type = object({
    enabled         = optional(bool, true)
    dispatch        = optional(string, "rate(1 minute)")
    discover        = optional(string, "rate(5 minutes)")
    sweep           = optional(string, "rate(5 minutes)")
    subscribe       = optional(string, "rate(1 day)")
    silence_minutes = optional(map(number), {})
  })
  default = {}

  validation {
    condition     = alltrue([for expression in [var.schedules.dispatch, var.schedules.discover, var.schedules.sweep, var.schedules.subscribe] : can(regex("^(rate\\([1-9][0-9]* (minutes?|hours?|days?)\\)|cron\\([^)]+\\))$", expression))])
    error_message = "A schedule is written rate(5 minutes) or cron(0 3 * * ? *)."
  }

  validation {
    condition     = length(setsubtract(keys(var.schedules.silence_minutes), ["dispatch", "discover", "sweep", "subscribe"])) == 0
    error_message = "silence_minutes names dispatch, discover, sweep and subscribe. Remove: ${join(", ", setsubtract(keys(var.schedules.silence_minutes), ["dispatch", "discover", "sweep", "subscribe"]))}."
  }

  validation {
    condition     = alltrue([for minutes in values(var.schedules.silence_minutes) : minutes >= 2 && minutes <= 10080 && floor(minutes) == minutes])
    error_message = "silence_minutes are whole numbers from 2 to 10080: a CloudWatch alarm looks back seven days at most."
  }

  validation {
    condition = alltrue([
      for name in ["dispatch", "discover", "sweep", "subscribe"] : contains(keys(var.schedules.silence_minutes), name) || try(
        2 * tonumber(regex("^rate\\(([0-9]+) ", var.schedules[name])[0]) * { minute = 1, hour = 60, day = 1440 }[regex("(minute|hour|day)s?\\)$", var.schedules[name])[0]] <= 10080,
        false,
      )
    ])
    error_message = "A cron expression, or a rate of more than three days, needs an entry in silence_minutes: the minutes without a run after which an alarm fires, more than the longest time between two runs."
  }
}

variable "notification_sender_account" {
  description = "AWS account from which Amazon sends SP-API notifications (SP-API docs, \"Set up notifications (Amazon SQS)\")."
  type        = string
  default     = "437568002678"

  validation {
    condition     = can(regex("^[0-9]{12}$", var.notification_sender_account))
    error_message = "notification_sender_account is the 12 digits of an AWS account."
  }
}

variable "report_execution_timeout_hours" {
  description = "Maximum duration of one attempt at one report, including quota waits, Amazon's processing and polling. Must be longer than every contract's deadline."
  type        = number
  default     = 48

  validation {
    condition     = var.report_execution_timeout_hours >= 1 && var.report_execution_timeout_hours <= 720
    error_message = "report_execution_timeout_hours must be between 1 and 720."
  }
}

# ---------------------------------------------------------------- functions
variable "function_architecture" {
  description = "Processor of the functions: arm64 is cheaper; x86_64 where arm64 is not offered. The package is pure Python and runs on both."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.function_architecture)
    error_message = "function_architecture is arm64 or x86_64."
  }
}

variable "reserve_concurrency" {
  description = "Reserve three concurrent executions for the functions that look for work. AWS keeps at least 100 of an account's concurrent executions unreserved, and a new account has 10 in all: leave it false below a quota of 103, or the apply fails. Leases in the ledger keep the result correct either way; the reservation only avoids useless attempts, and throttles by other functions."
  type        = bool
  default     = false
}

variable "log_level" {
  description = "Log level of the functions."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.log_level)
    error_message = "log_level is DEBUG, INFO, WARN or ERROR."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
  default     = 365

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch Logs keeps 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "tracing" {
  description = "Trace functions and state machines with X-Ray."
  type        = bool
  default     = false
}

# ---------------------------------------------------------------- curation
variable "curated_database" {
  description = "Name of the database of curated tables. null: the prefix, with underscores, and _curated."
  type        = string
  default     = null

  validation {
    condition     = var.curated_database == null || can(regex("^[a-z][a-z0-9_]{0,62}$", var.curated_database))
    error_message = "A database name is lower-case letters, digits and underscores, beginning with a letter."
  }
}

variable "operations_database" {
  description = "Name of the database with documents, quality results and quarantined records. null: the prefix, with underscores, and _operations."
  type        = string
  default     = null

  validation {
    condition     = var.operations_database == null || can(regex("^[a-z][a-z0-9_]{0,62}$", var.operations_database))
    error_message = "A database name is lower-case letters, digits and underscores, beginning with a letter."
  }

  validation {
    condition     = coalesce(var.operations_database, "${replace(var.prefix, "-", "_")}_operations") != coalesce(var.curated_database, "${replace(var.prefix, "-", "_")}_curated")
    error_message = "curated_database and operations_database must have different names."
  }
}

variable "sensitivity_tag" {
  description = "Key of the LF-Tag by which columns are granted. A tag with another key is another tag, and columns that the job tagged before lose theirs. null: the prefix and -sensitivity."
  type        = string
  default     = null

  validation {
    condition     = var.sensitivity_tag == null || can(regex("^[a-z0-9_.:/=+@-]{1,128}$", var.sensitivity_tag))
    error_message = "Lake Formation stores tag keys in lower case: 1 to 128 lower-case letters, digits and the characters _.:/=+@-."
  }
}

variable "curation_batching_window_seconds" {
  description = "How long messages about stored documents are collected before start_curation looks whether a run is due, in seconds."
  type        = number
  default     = 300

  validation {
    condition     = var.curation_batching_window_seconds >= 0 && var.curation_batching_window_seconds <= 300
    error_message = "SQS event source mappings batch for 0 to 300 seconds."
  }
}

variable "curation_minimum_documents" {
  description = "A curation run starts when so many stored documents wait, or earlier when one has waited curation_maximum_wait_minutes. More means fewer and larger Glue runs, and later data. A run takes 200 documents at most."
  type        = number
  default     = 100

  validation {
    condition     = var.curation_minimum_documents >= 1 && var.curation_minimum_documents <= 200 && floor(var.curation_minimum_documents) == var.curation_minimum_documents
    error_message = "curation_minimum_documents is a whole number from 1 to 200."
  }
}

variable "curation_maximum_wait_minutes" {
  description = "How long a stored document may wait before a curation run starts for fewer documents, in minutes. The wait ends with the next run of the schedule sweep; with the default, and few documents, at most one run an hour starts. 0 starts a run for every document."
  type        = number
  default     = 60

  validation {
    condition     = var.curation_maximum_wait_minutes >= 0 && var.curation_maximum_wait_minutes <= 1440 && floor(var.curation_maximum_wait_minutes) == var.curation_maximum_wait_minutes
    error_message = "curation_maximum_wait_minutes is a whole number from 0 to 1440."
  }

  validation {
    condition     = var.curation_maximum_wait_minutes * 60 < var.oldest_document_seconds
    error_message = "curation_maximum_wait_minutes must be less than oldest_document_seconds: an alarm fires when a document waits that long."
  }
}

variable "job" {
  description = "The Glue job: worker type and number, execution class (FLEX is cheaper and starts later), and the timeout of one run."
  type = object({
    worker_type       = optional(string, "G.1X")
    number_of_workers = optional(number, 2)
    execution_class   = optional(string, "STANDARD")
    timeout_minutes   = optional(number, 120)
  })
  default = {}

  validation {
    condition     = contains(["G.1X", "G.2X", "G.4X", "G.8X"], var.job.worker_type)
    error_message = "job.worker_type is G.1X, G.2X, G.4X or G.8X."
  }

  validation {
    condition     = var.job.number_of_workers >= 2
    error_message = "A Glue Spark job needs at least 2 workers: one is the driver."
  }

  validation {
    condition     = contains(["STANDARD", "FLEX"], var.job.execution_class) && (var.job.execution_class == "STANDARD" || contains(["G.1X", "G.2X"], var.job.worker_type))
    error_message = "job.execution_class is STANDARD or FLEX, and FLEX runs on G.1X and G.2X only."
  }

  validation {
    condition     = var.job.timeout_minutes >= 5 && var.job.timeout_minutes <= 1440
    error_message = "job.timeout_minutes must be between 5 and 1440."
  }
}

# ---------------------------------------------------------------- access
variable "manage_data_lake_settings" {
  description = <<-EOT
    Whether this stack decides the Lake Formation settings, of which an account has one set per region. There is no default,
    because everybody in the account is affected. true: for an account of its own. The administrators are lake_administrators,
    and databases that anybody creates from then on give nothing to IAMAllowedPrincipals; other settings stay as they are. A
    plan is refused if an administrator would lose the role. Destroying the stack removes all administrators and resets the
    settings. false: for an account that others use, too. The stack touches only what is its own. Administrators must have
    cleared "Use only IAM access control" for new databases and tables, and have made the role that applies this an
    administrator, or granted it: create databases and LF-Tags, and access to the curated bucket as a data location.
  EOT
  type        = bool
}

variable "lake_administrators" {
  description = "ARNs of all Lake Formation administrators of the account, including the role that applies this configuration. Empty: that role only. Only with manage_data_lake_settings."
  type        = set(string)
  default     = []

  validation {
    condition     = var.manage_data_lake_settings || length(var.lake_administrators) == 0
    error_message = "lake_administrators would not be used: manage_data_lake_settings is false. Leave it out, or set manage_data_lake_settings to true."
  }
}

variable "analyst_principals" {
  description = "ARNs that may assume the analyst role. Empty: the principals that this account's IAM policies allow."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.analyst_principals : can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:", arn))])
    error_message = "analyst_principals are ARNs of IAM roles or users, never \"*\"."
  }
}

variable "catalogue_key_arn" {
  description = "ARN of the key with which this account encrypts its Glue Data Catalog, if it does so with a customer managed key (Glue console: Data Catalog settings, Metadata encryption). The roles that use the catalogue may then use the key. Null: the catalogue is not encrypted, or with AWS's own key, or through a service role."
  type        = string
  default     = null

  validation {
    condition     = var.catalogue_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.catalogue_key_arn))
    error_message = "catalogue_key_arn is the ARN of a KMS key (arn:PARTITION:kms:REGION:ACCOUNT:key/ID), as Data Catalog settings show it, or null; an alias does not do."
  }
}

variable "operator_principals" {
  description = "ARNs that may assume the operator role, as which the `lake` command runs. Empty: the principals that this account's IAM policies allow."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.operator_principals : can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:", arn))])
    error_message = "operator_principals are ARNs of IAM roles or users, never \"*\"."
  }
}

variable "role_path" {
  description = "Path of every role, as the organisation's policies may ask for it. A change replaces the roles."
  type        = string
  default     = "/"

  validation {
    condition     = can(regex("^/([A-Za-z0-9_+=,.@-]+/)*$", var.role_path))
    error_message = "role_path begins and ends with a slash, such as / or /data/."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the policy that is the permissions boundary of every role: of terraform/bootstrap, or the organisation's own. null: none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn is the ARN of an IAM policy."
  }
}

variable "athena_bytes_scanned_cutoff" {
  description = "Athena stops a query that scans more bytes than this."
  type        = number
  default     = 107374182400

  validation {
    condition     = var.athena_bytes_scanned_cutoff >= 10485760
    error_message = "Athena's cutoff is at least 10 MB (10485760 bytes)."
  }
}

# ---------------------------------------------------------------- alerts
variable "alarm_email_addresses" {
  description = "Addresses that receive alarms; each has to confirm its subscription."
  type        = set(string)
  default     = []
}

variable "oldest_message_seconds" {
  description = "Age of a queue's oldest message, in seconds, above which an alarm fires because its consumer is stuck."
  type        = number
  default     = 3600
}

variable "oldest_due_seconds" {
  description = "How long a due report may wait to be dispatched, in seconds, before an alarm fires. Waiting for Amazon's quota does not count."
  type        = number
  default     = 21600

  validation {
    condition     = var.oldest_due_seconds >= 300
    error_message = "oldest_due_seconds must be at least 300."
  }
}

variable "oldest_document_seconds" {
  description = "How long a stored document may wait for curation, in seconds, before an alarm fires. Longer than the Glue job's timeout: a document waits while its run is in progress."
  type        = number
  default     = 21600

  validation {
    condition     = var.oldest_document_seconds >= 300
    error_message = "oldest_document_seconds must be at least 300."
  }
}

# ---------------------------------------------------------------- retention
variable "force_destroy" {
  description = "Let destroy delete the artifacts and results buckets and the workgroup together with their contents. Only for the local cloud and tests."
  type        = bool
  default     = false
}

variable "deletion_protection" {
  description = "Deletion protection of the DynamoDB tables."
  type        = bool
  default     = true
}

variable "kms_deletion_window_days" {
  description = "Waiting time before a KMS key is deleted, and everything that it encrypted is lost, in days."
  type        = number
  default     = 30

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "KMS waits 7 to 30 days."
  }
}

variable "secret_recovery_days" {
  description = "How long a deleted secret can be restored. 0 deletes at once: only for the local cloud."
  type        = number
  default     = 30

  validation {
    condition     = var.secret_recovery_days == 0 || (var.secret_recovery_days >= 7 && var.secret_recovery_days <= 30)
    error_message = "Secrets Manager keeps deleted secrets for 7 to 30 days, or 0."
  }
}

variable "noncurrent_version_days" {
  description = "How long overwritten and deleted objects can be restored."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_version_days >= 1
    error_message = "noncurrent_version_days is at least 1."
  }
}

variable "results_days" {
  description = "How long query results are kept."
  type        = number
  default     = 14

  validation {
    condition     = var.results_days >= 1
    error_message = "results_days is at least 1."
  }
}
