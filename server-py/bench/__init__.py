"""`make bench`: the script of docs/article.md, the stock pipeline and this server."""
