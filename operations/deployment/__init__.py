"""What is built and applied: packages, wheels, Terraform, secrets of accounts; using a lake is in operations.lake."""
