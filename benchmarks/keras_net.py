"""The published network in Keras 3 on TensorFlow, the framework of the study."""

# pyright: reportMissingImports=false, reportMissingModuleSource=false

import os

from benchmarks.candidates import Pace


def autoencoder(code_size: int = 512):
    """Return encoder and decoder as one Keras model of images N x 224 x 224 x 1."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input((224, 224, 1)),
            layers.Conv2D(64, 15, strides=3, activation="relu"),
            layers.MaxPooling2D(3, 2),
            layers.Conv2D(128, 5, activation="relu"),
            layers.MaxPooling2D(3, 2),
            layers.Conv2D(256, 3, padding="same", activation="relu"),
            layers.Conv2D(256, 3, padding="same", activation="relu"),
            layers.Conv2D(256, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(3, 2),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dense(code_size, name="code"),
            layers.Dense(512, activation="relu"),
            layers.Dense(128 * 3 * 3),
            layers.Reshape((3, 3, 128)),
            layers.Conv2DTranspose(128, 5, activation="relu"),
            *(
                layers.Conv2DTranspose(n, 5, strides=2, padding="same", activation="relu")
                for n in (64, 32, 16, 8)
            ),
            layers.Conv2DTranspose(1, 5, strides=2, padding="same", activation="sigmoid"),
        ]
    )


def training(pace: Pace, *, batch: int) -> None:
    """Train on one stored minibatch with its noise already in it, over and over.

    Compiled by TensorFlow as a graph, without XLA, which was slower on every CPU we tried.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import tensorflow as tf

    n_threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
    if tf.config.threading.get_intra_op_parallelism_threads() == 0:  # not set before
        tf.config.threading.set_intra_op_parallelism_threads(n_threads)
        tf.config.threading.set_inter_op_parallelism_threads(n_threads)
    import keras
    import numpy as np

    from benchmarks.images import stored_images

    clean = stored_images(batch, 224).transpose(0, 2, 3, 1)
    draw = np.random.default_rng(0).random(clean.shape[1:])
    noisy = clean.copy()
    noisy[:, draw < 0.05] = 0
    noisy[:, draw > 0.95] = 1
    keras.utils.set_random_seed(0)
    model = autoencoder()
    model.compile(keras.optimizers.Adam(1e-4), "binary_crossentropy", jit_compile=False)  # pyright: ignore[reportArgumentType]
    images, targets = tf.constant(noisy), tf.constant(clean)
    pace()
    while True:
        loss = model.train_on_batch(images, targets)
        pace(loss=float(np.asarray(loss).ravel()[0]))
