"""What a person does with the lake: contracts, deployment, the `lake` command, the demo; nothing that runs in AWS."""
