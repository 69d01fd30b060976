"""Operations: packaging, deployment, the demo and the `lake` command."""
