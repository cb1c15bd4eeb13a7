"""What people and their agents ask of everything that was made: papers, passages, tables, reports. It writes no table."""
