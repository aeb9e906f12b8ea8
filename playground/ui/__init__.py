"""The playground's page: messages, forms and theme."""
