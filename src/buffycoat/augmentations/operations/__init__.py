"""Single changes of a batch of images, each image with its own strength and its own draw."""
