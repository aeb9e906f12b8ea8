"""Services: what people can do; each public method is one transaction."""
