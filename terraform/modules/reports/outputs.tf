output "functions" {
  description = "Name of each function by handler."
  value = {
    subscribe            = module.subscribe.name
    dispatch_reports     = module.dispatch_reports.name
    discover_reports     = module.discover_reports.name
    request_report       = module.request_report.name
    receive_notification = module.receive_notification.name
    check_report         = module.check_report.name
    fetch_document       = module.fetch_document.name
    sweep                = module.sweep.name
  }
}

output "state_machine_arn" {
  description = "ARN of the state machine report."
  value       = module.machine.arn
}

output "notifications" {
  description = "The queue that Amazon sends notifications to: ARN, URL and names, its dead-letter queue included."
  value = {
    arn              = module.notifications.arn
    url              = module.notifications.url
    name             = module.notifications.name
    dead_letter_url  = module.notifications.dead_letter_url
    dead_letter_name = module.notifications.dead_letter_name
  }
}

output "failed_invocations" {
  description = "The dead-letter queue of failed asynchronous invocations."
  value = {
    arn  = module.failed_invocations.arn
    name = module.failed_invocations.name
    url  = module.failed_invocations.url
  }
}
