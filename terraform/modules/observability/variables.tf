variable "context" {
  description = "Where the lake lives: the prefix of every name, the partition, account and region of every ARN."
  type = object({
    prefix     = string
    partition  = string
    account_id = string
    region     = string
  })
}

variable "messages_key_arn" {
  description = "KMS key of the topic."
  type        = string
}

variable "email_addresses" {
  description = "Addresses that are told of alarms; each has to confirm its subscription."
  type        = set(string)
}

variable "queues" {
  description = "Names of the queues whose messages must not grow old."
  type        = set(string)
}

variable "dead_letter_queues" {
  description = "Names of the dead-letter queues, which must stay empty."
  type        = set(string)
}

variable "oldest_message_seconds" {
  description = "Age of a queue's oldest message above which its consumer is stuck."
  type        = number
}

variable "state_machines" {
  description = "ARNs of the state machines by name."
  type        = map(string)
}

variable "functions" {
  description = "Functions whose errors nobody else sees: those called by schedules, rules, queues and other functions."
  type        = set(string)
}

variable "unthrottled_functions" {
  description = "Functions that must not be throttled."
  type        = set(string)
}
