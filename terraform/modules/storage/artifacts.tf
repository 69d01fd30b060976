locals {
  uploads = {
    functions = { key = "functions/functions.zip", path = "${var.package_directory}/functions.zip" }
    job       = { key = "glue/curate.py", path = "${var.package_directory}/glue/curate.py" }
    curation  = { key = "glue/curation.zip", path = "${var.package_directory}/glue/curation.zip" }
    # Glue recognises a zip of wheels by this ending (AWS Glue docs, "Using Python libraries with AWS Glue").
    wheels    = { key = "glue/curation.gluewheels.zip", path = "${var.package_directory}/glue/wheels.zip" }
    contracts = { key = "contracts/contracts.json", path = var.contracts_bundle }
  }
}

resource "aws_s3_object" "this" {
  # checkov:skip=CKV_AWS_186: The bucket's default encryption is the data key with a bucket key; naming it again would make each object ask KMS.
  for_each = local.uploads

  bucket      = aws_s3_bucket.disposable["artifacts"].bucket
  key         = each.value.key
  source      = each.value.path
  source_hash = filesha256(each.value.path)

  # Encrypted from the first byte, and versioned.
  depends_on = [aws_s3_bucket_server_side_encryption_configuration.this, aws_s3_bucket_versioning.this]
}
