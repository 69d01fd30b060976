locals {
  job_name               = "${var.context.prefix}-curate"
  job_role_name          = "${var.context.prefix}-curate-job-${var.context.region}"
  security_configuration = "${var.context.prefix}-curate"
  catalogue              = "arn:${var.context.partition}:glue:${var.context.region}:${var.context.account_id}"

  # Glue 5 with a security configuration appends these names to the prefix of its log groups.
  job_log_prefix = "/aws-glue/${local.job_name}"
  job_log_groups = { for stream in ["error", "output"] : stream => "${local.job_log_prefix}/${local.security_configuration}-role/${local.job_role_name}/${stream}" }
}

resource "aws_cloudwatch_log_group" "job" {
  for_each = local.job_log_groups

  name              = each.value
  retention_in_days = var.job.log_retention_days
  kms_key_id        = var.key_arns.data
}

resource "aws_glue_security_configuration" "job" {
  name = local.security_configuration

  encryption_configuration {
    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = var.key_arns.data
    }

    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = var.key_arns.data
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = var.key_arns.data
    }
  }
}

resource "aws_iam_role" "job" {
  name                 = local.job_role_name
  path                 = var.context.role_path
  permissions_boundary = var.context.permissions_boundary_arn
  description          = "Role of the Glue job ${local.job_name} alone"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "GlueRunsTheJob"
      Effect    = "Allow"
      Principal = { Service = "glue.amazonaws.com" } # nothing documents that Glue names a source; no role passes accounts
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "job" {
  # checkov:skip=CKV_AWS_290: Lake Formation and CloudWatch metrics have no resource-level permissions in IAM; Lake Formation's own grants limit the job to its two databases.
  # checkov:skip=CKV_AWS_355: As above.
  name = "least-privilege"
  role = aws_iam_role.job.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "ReadRawDocuments"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${var.buckets["raw"].arn}/raw/*"]
      },
      {
        Sid      = "ReadScriptsContractsAndManifests"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = [for prefix in ["contracts", "curation", "glue"] : "${var.buckets["artifacts"].arn}/${prefix}/*"]
      },
      {
        Sid      = "WriteResultsAndDataDocs"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = [for prefix in ["curation", "data_docs"] : "${var.buckets["artifacts"].arn}/${prefix}/*"]
      },
      {
        Sid      = "WriteTables"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = [for database in var.databases : "${var.buckets["curated"].arn}/${database}/*"]
      },
      {
        Sid      = "TellMissingFromForbidden" # without ListBucket a missing key answers 403
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [for purpose in ["curated", "raw"] : var.buckets[purpose].arn]
      },
      {
        Sid      = "UseEncryptedObjectsAndLogs"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"]
        Resource = [var.key_arns.data]
        Condition = {
          StringEquals = { "kms:ViaService" = [for service in ["glue", "logs", "s3"] : "${service}.${var.context.region}.amazonaws.com"] }
        }
      },
      {
        Sid    = "KeepTheCatalogue"
        Effect = "Allow"
        Action = ["glue:CreateTable", "glue:GetTable", "glue:UpdateTable"]
        Resource = concat(
          ["${local.catalogue}:catalog"],
          flatten([for database in var.databases : ["${local.catalogue}:database/${database}", "${local.catalogue}:table/${database}/*"]]),
        )
      },
      {
        Sid      = "OpenColumns" # which ones, and to whom, is decided by Lake Formation's grants
        Effect   = "Allow"
        Action   = ["lakeformation:AddLFTagsToResource"]
        Resource = ["*"]
      },
      {
        Sid      = "WriteOwnLogs"
        Effect   = "Allow"
        Action   = ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = [for group in aws_cloudwatch_log_group.job : "${group.arn}:*"]
      },
      {
        Sid       = "PublishJobMetrics"
        Effect    = "Allow"
        Action    = ["cloudwatch:PutMetricData"]
        Resource  = ["*"]
        Condition = { StringEquals = { "cloudwatch:namespace" = ["Glue"] } }
      },
    ], var.catalogue_key_statements)
  })
}

resource "aws_glue_job" "curate" {
  name                   = local.job_name
  description            = "Loads raw documents into curated Iceberg tables, through the quality gate"
  role_arn               = aws_iam_role.job.arn
  glue_version           = "5.1"
  worker_type            = var.job.worker_type
  number_of_workers      = var.job.number_of_workers
  execution_class        = var.job.execution_class
  timeout                = var.job.timeout_minutes
  max_retries            = 0 # the state machine decides
  security_configuration = aws_glue_security_configuration.job.name

  command {
    name            = "glueetl"
    python_version  = "3"
    script_location = var.uploads["job"].uri
  }

  # One writer: Iceberg lets two concurrent MERGEs both insert the same key (apache/iceberg#12653). The lease ensures that there is one; this is a second safeguard.
  execution_property {
    max_concurrent_runs = 1
  }

  default_arguments = {
    "--job-language"                    = "python"
    "--datalake-formats"                = "iceberg"
    "--extra-py-files"                  = var.uploads["curation"].uri
    "--additional-python-modules"       = var.uploads["wheels"].uri
    "--python-modules-installer-option" = "--no-index"
    "--enable-metrics"                  = "true"
    "--job-bookmark-option"             = "job-bookmark-disable" # the manifest names the documents
    "--custom-logGroup-prefix"          = local.job_log_prefix

    "--contracts"           = var.uploads["contracts"].uri
    "--curated_database"    = var.databases.curated
    "--operations_database" = var.databases.operations
    "--sensitivity_tag"     = aws_lakeformation_lf_tag.sensitivity.key
    "--warehouse"           = "s3://${var.buckets["curated"].name}/"
    "--data_docs"           = "s3://${var.buckets["artifacts"].name}/data_docs/"
    "--region"              = var.context.region
  }

  depends_on = [aws_cloudwatch_log_group.job, aws_iam_role_policy.job]
}
