"""Services for meetings: planning, reminders, attendance, calendars."""
