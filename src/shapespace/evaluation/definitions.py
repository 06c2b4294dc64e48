"""What the numbers in the results mean, for the tables that print them."""

RECONSTRUCTION = {
    "bce": "Binary cross-entropy between reconstruction and clean image, in nats, mean over "
    "pixels: 0 or more, lower is better, cannot go below bce_floor.",
    "bce_mean_image": "The same for the mean training image in place of every reconstruction, "
    "clipped half a grey level away from 0 and 1: 0 or more, what a network that ignores its "
    "input can reach.",
    "bce_noisy_input": "The same for the noisy input taken as the reconstruction, clipped half "
    "a grey level away from 0 and 1: 0 or more, what handing the input through would cost.",
    "bce_floor": "Entropy of the clean image's grey values in nats, mean over pixels: 0 (pure "
    "black and white) to 0.69, the lowest bce possible.",
    "explained": "Share of the way from the mean image to the floor, (bce_mean_image - bce) / "
    "(bce_mean_image - bce_floor), of means over images: at most 1, higher is better; 1 is "
    "perfect, 0 no better than the mean image, below 0 worse.",
    "ink_bce": "Cross-entropy with half of the weight on ink (by 1 - grey) and half on paper "
    "(by grey), in nats: 0 or more, lower is better.",
    "stroke_precision": "Share of the drawn ink (grey below 0.5) within 2 pixels of ink of the "
    "clean image, over images that have ink: 0 to 1, higher is better.",
    "stroke_recall": "Share of the clean image's ink (grey below 0.5) within 2 pixels of drawn "
    "ink, over images that have ink: 0 to 1, higher is better.",
    "stroke_f1": "Harmonic mean of stroke precision and recall of each image that has ink: 0 to "
    "1, higher is better.",
    "ssim": "Structural similarity of reconstruction and clean image (Gaussian window of 11 "
    "pixels, sigma 1.5): -1 to 1, higher is better, 1 if equal.",
}
"""Each reconstruction measure with its range and direction."""
