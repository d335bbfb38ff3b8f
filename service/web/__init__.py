"""The web application: public pages, admin, health and metrics."""
