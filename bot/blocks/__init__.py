"""What Slack shows, as pure functions: values of the intervision in, Block Kit out."""
