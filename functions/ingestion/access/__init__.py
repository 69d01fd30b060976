"""Access to an account: authorising, registering, subscribing, pausing. Not the HTTP calls for it (selling_partner)."""
