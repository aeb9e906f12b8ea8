"""What figures become outside of Slack's own messages: a chart, sheets, a statement on paper."""
