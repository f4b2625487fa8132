"""A package, so that its modules find each other and no file name collides with another folder's."""
