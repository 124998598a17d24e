"""How it looks: tables, figures, the page, the manifest."""
