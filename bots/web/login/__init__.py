"""Who may come in, and what they may do: users, passwords, sessions, attempts, and the gate before everything."""
