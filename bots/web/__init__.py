"""The console in the browser: many bots as pages and as a REST API, at home or in a cluster."""
