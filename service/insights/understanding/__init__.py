"""What texts are about: vectors, words and numbers to compare them by, without any network."""
