"""Request and response shapes; their descriptions are the API's documentation."""
