"""What is stored, and how: tables, units of work, encryption, migrations."""
