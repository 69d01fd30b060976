variable "context" {
  description = "Prefix of every name, and partition, account and region of every ARN."
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
  description = "Addresses that receive alarms; each has to confirm its subscription."
  type        = set(string)
}

variable "queues" {
  description = "Names of the queues whose messages must be consumed in time."
  type        = set(string)
}

variable "dead_letter_queues" {
  description = "Names of the dead-letter queues, which must stay empty."
  type        = set(string)
}

variable "oldest_message_seconds" {
  description = "Age of a queue's oldest message, in seconds, above which an alarm fires because its consumer is stuck."
  type        = number
}

variable "state_machines" {
  description = "ARNs of the state machines by name."
  type        = map(string)
}

variable "functions" {
  description = "Functions whose errors need an alarm: those invoked by schedules, rules, queues and other functions."
  type        = set(string)
}

variable "unthrottled_functions" {
  description = "Functions that must not be throttled."
  type        = set(string)
}
