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

variable "silence_minutes" {
  description = "By scheduled function, after how many minutes without a scheduled run that ended an alarm fires. Empty: the schedules are disabled."
  type        = map(number)
}

variable "dispatching_function" {
  description = "The function that measures the queue of due reports."
  type        = string
}

variable "oldest_due_seconds" {
  description = "How long a due report may wait to be dispatched, in seconds, before an alarm fires."
  type        = number
}

variable "sweeping_function" {
  description = "The function that measures the queue of stored documents."
  type        = string
}

variable "oldest_document_seconds" {
  description = "How long a stored document may wait for curation, in seconds, before an alarm fires."
  type        = number
}

variable "unthrottled_functions" {
  description = "Functions that must not be throttled."
  type        = set(string)
}
