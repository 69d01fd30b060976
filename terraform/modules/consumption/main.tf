locals {
  results_location = "s3://${var.buckets["results"].name}/athena/"

  # The file of each query, and the table that it needs.
  queries = {
    daily-sales          = { description = "Sales and traffic of each marketplace by day", table = "sales_and_traffic_by_date", database = "curated" }
    best-sellers         = { description = "Best-selling ASINs of the last 28 days", table = "sales_and_traffic_by_asin", database = "curated" }
    orders-by-day        = { description = "Orders, lines and units by marketplace and day of purchase (UTC)", table = "orders", database = "curated" }
    vendor-sales-by-week = { description = "A vendor's ordered revenue and units by week", table = "vendor_sales_aggregate", database = "curated" }
    documents            = { description = "Document outcomes by source", table = "documents", database = "operations" }
    quarantine           = { description = "Reasons for quarantined records, most frequent first", table = "quarantine", database = "operations" }
    failed-rules         = { description = "Quality rules that failed, newest first", table = "quality_results", database = "operations" }
  }

  # What asking the tables in this workgroup takes. Which columns answer is decided by Lake Formation's grants.
  query_statements = concat([
    {
      Sid    = "QueryInTheWorkgroup"
      Effect = "Allow"
      Action = [
        "athena:BatchGetNamedQuery", "athena:BatchGetQueryExecution", "athena:GetNamedQuery", "athena:GetQueryExecution", "athena:GetQueryResults",
        "athena:GetQueryRuntimeStatistics", "athena:GetWorkGroup", "athena:ListNamedQueries", "athena:ListQueryExecutions", "athena:StartQueryExecution", "athena:StopQueryExecution",
      ]
      Resource = [aws_athena_workgroup.this.arn]
    },
    {
      Sid      = "BrowseInAthena"
      Effect   = "Allow"
      Action   = ["athena:GetDataCatalog", "athena:GetDatabase", "athena:GetTableMetadata", "athena:ListDatabases", "athena:ListTableMetadata"]
      Resource = ["arn:${var.context.partition}:athena:${var.context.region}:${var.context.account_id}:datacatalog/AwsDataCatalog"]
    },
    {
      Sid    = "SeeTheCatalogue" # Lake Formation hides what is not granted
      Effect = "Allow"
      Action = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"]
      Resource = concat(
        ["arn:${var.context.partition}:glue:${var.context.region}:${var.context.account_id}:catalog"],
        flatten([for database in values(var.databases) : [
          "arn:${var.context.partition}:glue:${var.context.region}:${var.context.account_id}:database/${database}",
          "arn:${var.context.partition}:glue:${var.context.region}:${var.context.account_id}:table/${database}/*",
        ]]),
      )
    },
    {
      Sid      = "ReadThroughLakeFormation"
      Effect   = "Allow"
      Action   = ["lakeformation:GetDataAccess"]
      Resource = ["*"]
    },
    {
      Sid      = "WriteAndReadResults"
      Effect   = "Allow"
      Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
      Resource = ["${var.buckets["results"].arn}/athena/*"]
    },
    {
      Sid      = "FindResults"
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
      Resource = [var.buckets["results"].arn]
    },
    {
      Sid       = "EncryptResults"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = [var.data_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = ["s3.${var.context.region}.amazonaws.com"] } }
    },
  ], var.catalogue_key_statements)
}

resource "aws_athena_workgroup" "this" {
  name          = var.context.prefix
  description   = "Queries over the curated tables of ${var.context.prefix}"
  force_destroy = var.force_destroy

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.bytes_scanned_cutoff

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location       = local.results_location
      expected_bucket_owner = var.context.account_id

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = var.data_key_arn
      }
    }
  }
}

resource "aws_athena_named_query" "this" {
  for_each = { for name, query in local.queries : name => query if contains(var.tables, query.table) }

  name        = each.key
  description = each.value.description
  workgroup   = aws_athena_workgroup.this.id
  database    = var.databases[each.value.database]
  query       = file("${path.module}/queries/${replace(each.key, "-", "_")}.sql")
}

# ---- the analyst: reads public and internal columns, never personal ones
resource "aws_iam_role" "analyst" {
  name                 = "${var.context.prefix}-analyst-${var.context.region}"
  path                 = var.context.role_path
  permissions_boundary = var.context.permissions_boundary_arn
  description          = "Queries columns tagged public or internal through Athena"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AnalystsAssumeTheRole"
      Effect    = "Allow"
      Principal = { AWS = length(var.analyst_principals) > 0 ? sort(var.analyst_principals) : ["arn:${var.context.partition}:iam::${var.context.account_id}:root"] }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "analyst" {
  # checkov:skip=CKV_AWS_290: lakeformation:GetDataAccess has no resource-level permissions in IAM; Lake Formation's grants decide what it opens.
  # checkov:skip=CKV_AWS_355: As above.
  name = "least-privilege"
  role = aws_iam_role.analyst.id

  policy = jsonencode({ Version = "2012-10-17", Statement = local.query_statements })
}

resource "aws_lakeformation_permissions" "analyst_databases" {
  for_each = var.databases

  principal   = aws_iam_role.analyst.arn
  permissions = ["DESCRIBE"]

  database {
    name = each.value
  }
}

resource "aws_lakeformation_permissions" "analyst_tables" {
  principal   = aws_iam_role.analyst.arn
  permissions = ["DESCRIBE", "SELECT"]

  lf_tag_policy {
    resource_type = "TABLE"

    expression {
      key    = var.sensitivity_tag
      values = ["internal", "public"]
    }
  }
}
