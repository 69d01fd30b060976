"""The contract as the job reads it: model, parsing, locales, Arrow and Spark types."""
