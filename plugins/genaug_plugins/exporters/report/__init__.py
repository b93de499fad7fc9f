"""What the HTML report is made of: words, pictures, charts, and the page they are put on."""
