"""Amazon's Reports API v2021-06-30 as the rules see it: values and port. Not the HTTP calls (selling_partner)."""
