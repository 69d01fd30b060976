# Created after the settings below: a database takes over the default permissions that hold when it is created.
resource "aws_glue_catalog_database" "this" {
  for_each = var.databases

  name         = each.value
  description  = { curated = "Amazon retail data, conformed and checked", operations = "Documents, quality results and quarantined records of the curated tables" }[each.key]
  location_uri = "s3://${var.buckets["curated"].name}/${each.value}/"

  depends_on = [aws_lakeformation_data_lake_settings.this]

  # The provider cannot give a database an empty default of its own (hashicorp/terraform-provider-aws#27295).
  lifecycle {
    precondition {
      condition     = var.manage_data_lake_settings || length(local.open_to_iam) == 0
      error_message = "manage_data_lake_settings is false, and the account's Lake Formation settings give IAMAllowedPrincipals ALL on new databases or tables: IAM would open personal columns, whatever Lake Formation grants. Let an administrator clear \"Use only IAM access control\" for new databases and for new tables (Lake Formation, Data Catalog settings), or set manage_data_lake_settings to true."
    }
  }
}
