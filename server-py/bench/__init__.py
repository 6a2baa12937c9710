"""`make bench`: the article's script, the stock pipeline and this server, side by side."""
