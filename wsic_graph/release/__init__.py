"""From files and tables to a checked, versioned dataset."""
