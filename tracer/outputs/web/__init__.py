"""What the web player's page is made of: the picture, the products, the records, the font and the sources."""
