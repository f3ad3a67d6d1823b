"""The places where the project touches Nautilus, tried in Nautilus 2; what that says is docs/adr/0012."""
