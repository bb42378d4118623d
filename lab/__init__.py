"""The rehearsal's lab: the compose application to be moved, stand-in images, and the pretend AWS, all on loopback."""
