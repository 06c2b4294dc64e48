"""The way from files to tensors: sources, packing, augmentation, noise, folds, batches."""
