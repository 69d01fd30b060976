"""What is built and applied: packages, wheels, Terraform, registration, the lake of the local cloud."""
