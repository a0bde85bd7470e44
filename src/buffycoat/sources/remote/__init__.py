"""What is downloaded: resumed, verified, unpacked safely."""
