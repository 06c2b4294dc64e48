"""From points to pictures: policies, interpolation, walks along directions, and what they are worth."""
