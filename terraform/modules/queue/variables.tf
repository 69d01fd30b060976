variable "context" {
  description = "Prefix of every name, and partition, account and region of every ARN."
  type = object({
    prefix     = string
    partition  = string
    account_id = string
    region     = string
  })
}

variable "name" {
  description = "Name of the queue without the prefix; its dead-letter queue has \"-dlq\" appended."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the messages in both queues."
  type        = string
}

variable "consumer_timeout_seconds" {
  description = "Timeout of the function that consumes the queue."
  type        = number
}

variable "batching_window_seconds" {
  description = "Batching window of the consumer's mapping."
  type        = number
  default     = 0
}

variable "maximum_receives" {
  description = "How often a message is delivered before it goes to the dead-letter queue."
  type        = number
  default     = 5
}

variable "senders" {
  description = "Principals other than this account's roles that may use the queue: statements of the queue policy without Effect and Resource."
  type        = any
  default     = []
}
