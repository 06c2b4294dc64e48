"""What runs draw: images again, ways between them, walks, stimuli."""
