"""What people may ask of bots in a chat, and what they are answered; no chat's own ways, no network."""
