"""One report model, many renderers. Renderers take the model and know nothing of judging."""
