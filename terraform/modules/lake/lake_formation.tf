# Without create_*_default_permissions: new databases and tables give nothing to IAMAllowedPrincipals, so Lake Formation's grants decide.
# (An empty block would store an empty principal, so the blocks are left out.)
resource "aws_lakeformation_data_lake_settings" "this" {
  admins = var.administrators
}

# Lake Formation reads the curated bucket with a role of its own, so that readers need no permission on S3.
resource "aws_iam_role" "location" {
  name        = "${var.context.prefix}-lake-location"
  description = "Role with which Lake Formation accesses the curated bucket"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LakeFormationVendsCredentials"
      Effect    = "Allow"
      Principal = { Service = "lakeformation.amazonaws.com" } # as of Glue: nothing documents a source
      Action    = ["sts:AssumeRole"]
    }]
  })
}

resource "aws_iam_role_policy" "location" {
  name = "least-privilege"
  role = aws_iam_role.location.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ServeTables"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = ["${var.buckets["curated"].arn}/*"]
      },
      {
        Sid      = "ListTables"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [var.buckets["curated"].arn]
      },
      {
        Sid       = "UseEncryptedTables"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [var.key_arns.data]
        Condition = { StringEquals = { "kms:ViaService" = ["s3.${var.context.region}.amazonaws.com"] } }
      },
    ]
  })
}

resource "aws_lakeformation_resource" "curated" {
  arn      = var.buckets["curated"].arn
  role_arn = aws_iam_role.location.arn

  depends_on = [aws_iam_role_policy.location, aws_lakeformation_data_lake_settings.this]
}

# Databases are personal and everything in them inherits it: no column is readable by accident. The job opens columns as the contract says.
resource "aws_lakeformation_lf_tag" "sensitivity" {
  key    = "sensitivity"
  values = ["public", "internal", "personal"]

  depends_on = [aws_lakeformation_data_lake_settings.this]
}

resource "aws_lakeformation_resource_lf_tags" "database" {
  for_each = aws_glue_catalog_database.this

  database {
    name = each.value.name
  }

  lf_tag {
    key   = aws_lakeformation_lf_tag.sensitivity.key
    value = "personal"
  }
}

# ---- what the job may do
resource "aws_lakeformation_permissions" "job_databases" {
  for_each = aws_glue_catalog_database.this

  principal   = aws_iam_role.job.arn
  permissions = ["ALTER", "CREATE_TABLE", "DESCRIBE"]

  database {
    name = each.value.name
  }

  depends_on = [aws_lakeformation_data_lake_settings.this]
}

resource "aws_lakeformation_permissions" "job_tables" {
  for_each = aws_glue_catalog_database.this

  principal   = aws_iam_role.job.arn
  permissions = ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"]

  table {
    database_name = each.value.name
    wildcard      = true
  }

  depends_on = [aws_lakeformation_data_lake_settings.this]
}

resource "aws_lakeformation_permissions" "job_location" {
  principal   = aws_iam_role.job.arn
  permissions = ["DATA_LOCATION_ACCESS"]

  data_location {
    arn = aws_lakeformation_resource.curated.arn
  }
}

resource "aws_lakeformation_permissions" "job_tag" {
  principal   = aws_iam_role.job.arn
  permissions = ["ASSOCIATE", "DESCRIBE"]

  lf_tag {
    key    = aws_lakeformation_lf_tag.sensitivity.key
    values = aws_lakeformation_lf_tag.sensitivity.values
  }
}
