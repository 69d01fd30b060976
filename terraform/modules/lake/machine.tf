locals {
  job_timeout_seconds = var.job.timeout_minutes * 60
}

module "machine" {
  source = "../state_machine"

  context  = var.context
  settings = var.machine_settings
  name     = "curation"

  definition = templatefile("${var.machine_template_directory}/curation.asl.json", {
    partition           = var.context.partition
    job_name            = aws_glue_job.curate.name
    finish_curation_arn = module.finish_curation.arn
    retry               = var.machine_retry
    # Glue stops the job itself at its timeout; the task and the execution run longer, so that the outcome is recorded.
    job_timeout_seconds       = local.job_timeout_seconds + 600
    execution_timeout_seconds = local.job_timeout_seconds + 3600
  })

  statements = [
    {
      sid       = "RunTheJob"
      actions   = ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"]
      resources = [aws_glue_job.curate.arn]
    },
    {
      sid       = "RecordTheResults"
      actions   = ["lambda:InvokeFunction"]
      resources = [module.finish_curation.arn]
    },
  ]
}
