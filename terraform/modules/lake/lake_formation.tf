# One set of settings per account and region. PutDataLakeSettings replaces all of them, so what this stack does not decide is read and put again.
data "aws_lakeformation_data_lake_settings" "current" {}

locals {
  settings_now           = data.aws_lakeformation_data_lake_settings.current
  dropped_administrators = setsubtract(local.settings_now.admins, var.administrators)
  open_to_iam = [
    for permission in concat(local.settings_now.create_database_default_permissions, local.settings_now.create_table_default_permissions) :
    permission.principal if permission.principal == "IAM_ALLOWED_PRINCIPALS"
  ]
}

# Without create_*_default_permissions: new databases and tables give nothing to IAMAllowedPrincipals, so Lake Formation's grants decide.
# (An empty block would store an empty principal, so the blocks are left out.)
resource "aws_lakeformation_data_lake_settings" "this" {
  count = var.manage_data_lake_settings ? 1 : 0

  admins                                = var.administrators
  allow_external_data_filtering         = local.settings_now.allow_external_data_filtering
  allow_full_table_external_data_access = local.settings_now.allow_full_table_external_data_access
  authorized_session_tag_value_list     = local.settings_now.authorized_session_tag_value_list
  external_data_filtering_allow_list    = local.settings_now.external_data_filtering_allow_list
  parameters                            = local.settings_now.parameters
  read_only_admins                      = local.settings_now.read_only_admins
  trusted_resource_owners               = local.settings_now.trusted_resource_owners

  lifecycle {
    precondition {
      condition     = length(local.dropped_administrators) == 0
      error_message = "These Lake Formation administrators of the account would lose that role: ${join(", ", sort(local.dropped_administrators))}. Add them to lake_administrators; or remove them in Lake Formation first; or set manage_data_lake_settings to false if others look after the account's settings."
    }
  }
}

# Lake Formation reads the curated bucket with a role of its own, so that readers need no permission on S3.
resource "aws_iam_role" "location" {
  name                 = "${var.context.prefix}-lake-location-${var.context.region}"
  path                 = var.context.role_path
  permissions_boundary = var.context.permissions_boundary_arn
  description          = "Role with which Lake Formation accesses the curated bucket"

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
  key    = var.sensitivity_tag
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
