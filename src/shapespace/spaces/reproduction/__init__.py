"""The published figures of spaces, directions and regions beside ours."""
