"""Installing and uninstalling the app, and its manifest."""
