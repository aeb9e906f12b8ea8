"""The web server: routes, and the page that verifies statements."""
