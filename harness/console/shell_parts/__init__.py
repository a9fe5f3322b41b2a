"""What the shell script uses. Not in its folder: that one becomes ``sys.path[0]``."""
