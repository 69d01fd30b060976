# What is missing, why, and when it is tried next: windows, requests and pointers from Amazon's report ids.
resource "aws_dynamodb_table" "ledger" {
  name                        = "${var.context.prefix}-ledger"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  attribute {
    name = "due_shard"
    type = "S"
  }

  attribute {
    name = "next_action_at"
    type = "N"
  }

  # Sparse: only items that wait for something carry its keys. Eight shards keep one minute's work off one partition.
  global_secondary_index {
    name            = "due"
    hash_key        = "due_shard"
    range_key       = "next_action_at"
    projection_type = "ALL"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }

  lifecycle {
    prevent_destroy = true # the only record of what was asked and answered
  }
}

# One leaky bucket per quota of Amazon.
resource "aws_dynamodb_table" "quotas" {
  name                        = "${var.context.prefix}-quotas"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "pk"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
}
