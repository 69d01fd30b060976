"""What the job runs on: the Spark session and object stores."""
