"""Images: the only reader of pixels, and what every pixel passes before a network sees it."""
