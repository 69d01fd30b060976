variable "name" {
  description = "Full name of the dead-letter queue."
  type        = string
}

variable "arn" {
  description = "ARN that the queue will have; its policy needs it before the queue exists."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the messages."
  type        = string
}

variable "source_queue_arns" {
  description = "Queues that may redrive their undeliverable messages here. Empty: none; messages come from services that the policy allows."
  type        = list(string)
  default     = []
}

variable "statements" {
  description = "Further statements of the queue policy (services that deliver failed invocations)."
  type        = any
  default     = []
}
