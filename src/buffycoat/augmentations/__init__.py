"""Augmentations of whole batches on the device, each image with its own draw."""
