# Created after the settings below: a database takes over the default permissions that hold when it is created.
resource "aws_glue_catalog_database" "this" {
  for_each = local.databases

  name         = each.value
  description  = { curated = "Amazon retail data, conformed and checked", operations = "Documents, quality results and quarantined records of the curated tables" }[each.key]
  location_uri = "s3://${var.buckets["curated"].name}/${each.value}/"

  depends_on = [aws_lakeformation_data_lake_settings.this]
}
