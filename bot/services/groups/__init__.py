"""Services for groups: settings, guidance, agreements, own methods."""
