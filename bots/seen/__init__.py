"""What is seen of a bot from outside: status, metrics, HTTP, logs."""
