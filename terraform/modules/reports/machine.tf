module "machine" {
  source = "../state_machine"

  context  = var.context
  settings = var.machine_settings
  name     = "report"

  definition = templatefile("${var.machine_template_directory}/report.asl.json", {
    partition                 = var.context.partition
    authorize_arn             = var.authorize.arn
    request_report_arn        = module.request_report.arn
    check_report_arn          = module.check_report.arn
    fetch_document_arn        = module.fetch_document.arn
    retry                     = var.machine_retry
    execution_timeout_seconds = var.execution_timeout_seconds
  })

  statements = [
    {
      sid       = "CallItsFunctions"
      actions   = ["lambda:InvokeFunction"]
      resources = [var.authorize.arn, module.request_report.arn, module.check_report.arn, module.fetch_document.arn]
    },
  ]
}
