"""The intervision itself: pure, knowing neither Slack nor a database nor a clock."""
