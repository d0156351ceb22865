"""The pages of metrics, the small company that their examples ask, and what runs them."""
