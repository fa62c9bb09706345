"""The world coming in: each collector has its own rule for when a log counts as received."""
