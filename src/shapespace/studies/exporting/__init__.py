"""A run as files that others can use: ONNX for any runtime, and how far they are from the model."""
