"""AWS behind the ports of ingestion: the only place with boto3. No rule of ingestion lives here."""
