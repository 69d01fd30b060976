locals {
  bucket_names = {
    for purpose in ["raw", "curated", "artifacts", "results"] :
    purpose => "${var.context.prefix}-${purpose}-${var.context.account_id}-${var.context.region}"
  }
  buckets = merge(aws_s3_bucket.kept, aws_s3_bucket.disposable)
}

# Data that Amazon does not provide twice (raw), and the tables made from it (curated).
resource "aws_s3_bucket" "kept" {
  # checkov:skip=CKV_AWS_18: Data access is logged by CloudTrail data events of the account, which carry the role; server access logs would need a fifth bucket that cannot use SSE-KMS.
  # checkov:skip=CKV_AWS_144: A second region is a decision about cost and law for the account's owner; the raw bucket's versions and lifecycle do not preclude it.
  # checkov:skip=CKV2_AWS_62: The raw bucket sends its events to EventBridge (below); nothing consumes events of the others.
  for_each = { for purpose in ["raw", "curated"] : purpose => local.bucket_names[purpose] }

  bucket = each.value

  lifecycle {
    prevent_destroy = true
  }
}

# Contents that the next run or query creates again.
resource "aws_s3_bucket" "disposable" {
  # checkov:skip=CKV_AWS_18: As above.
  # checkov:skip=CKV_AWS_144: As above.
  # checkov:skip=CKV2_AWS_62: As above.
  for_each = { for purpose in ["artifacts", "results"] : purpose => local.bucket_names[purpose] }

  bucket        = each.value
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = each.value.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = each.value.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "RefuseWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [each.value.arn, "${each.value.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        # A write without encryption settings gets the bucket's default; one with other settings is refused.
        Sid       = "RefuseOtherEncryption"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${each.value.arn}/*"
        Condition = {
          Null            = { "s3:x-amz-server-side-encryption" = "false" }
          StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
        }
      },
      {
        Sid       = "RefuseOtherKeys"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${each.value.arn}/*"
        Condition = {
          Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
          StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = aws_kms_key.data.arn }
        }
      },
      {
        Sid       = "RefuseCustomerProvidedKeys"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${each.value.arn}/*"
        Condition = { Null = { "s3:x-amz-server-side-encryption-customer-algorithm" = "false" } }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = each.value.id

  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "expire-noncurrent-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_version_days
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  dynamic "rule" {
    for_each = each.key == "raw" ? [1] : []
    content {
      id     = "cool-down-raw-documents"
      status = "Enabled"

      # A document is read within minutes and then only by a replay. Glacier classes would make a replay wait for hours.
      filter {
        prefix = "raw/"
      }

      transition {
        days          = 90
        storage_class = "STANDARD_IA"
      }
    }
  }

  dynamic "rule" {
    for_each = each.key == "results" ? [1] : []
    content {
      id     = "expire-query-results"
      status = "Enabled"

      filter {}

      expiration {
        days = var.results_days
      }
    }
  }

  dynamic "rule" {
    for_each = each.key == "artifacts" ? [1] : []
    content {
      id     = "expire-curation-manifests"
      status = "Enabled"

      # Manifests and results of runs: their content is also in the ledger and in operations.documents.
      filter {
        prefix = "curation/"
      }

      expiration {
        days = 90
      }
    }
  }

  # Rules for noncurrent versions need versioning first.
  depends_on = [aws_s3_bucket_versioning.this]
}

# Object Created events of sidecars start curation.
resource "aws_s3_bucket_notification" "raw" {
  bucket      = aws_s3_bucket.kept["raw"].id
  eventbridge = true
}
