"""Cases and what references answer to them: drawn, recorded, kept."""
