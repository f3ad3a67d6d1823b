"""The custom resource TradingBot: a document as Kubernetes takes it, checked by the API server itself."""
