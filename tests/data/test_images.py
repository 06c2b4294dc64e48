"""What a single file from anyone becomes, or why it is refused."""

import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from shapespace.data.images import (
    FLATTENED,
    INVERTED,
    MAX_PIXELS,
    TURNED,
    decode_image,
    is_white_on_black,
    read_image,
)
from shapespace.errors import BadInput

SIDE = 32


def an_l() -> np.ndarray:
    """A black L on white: it looks different after every turn and mirroring."""
    scan = np.full((SIDE, SIDE), 255, np.uint8)
    scan[4:28, 6:9] = 0
    scan[25:28, 6:20] = 0
    return scan


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A well-formed PNG header that promises a size; no pixel follows."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body))
            + kind
            + body
            + struct.pack(">I", zlib.crc32(kind + body))
        )

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", b"")
        + chunk(b"IEND", b"")
    )


@settings(deadline=None)
@given(arrays(np.uint8, (SIDE, SIDE), elements=st.integers(128, 255)))
def test_a_grey_png_of_the_right_side_keeps_every_pixel(scan):
    assert np.array_equal(decode_image(encoded(Image.fromarray(scan)), SIDE).scan, scan)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK"])
def test_every_mode_gives_the_same_black_and_white(mode):
    image = Image.fromarray(an_l()).convert("RGB").convert(mode)
    content = encoded(image, "TIFF" if mode == "CMYK" else "PNG")
    if mode == "CMYK":
        content = encoded(image, "JPEG", quality=100)
    scan = decode_image(content, SIDE).scan.astype(int)
    assert np.abs(scan - an_l()).max() <= (0 if mode != "CMYK" else 12)


def test_sixteen_bits_become_eight_with_black_and_white_kept():
    deep = np.linspace(0, 65535, SIDE * SIDE).round().astype(np.uint16).reshape(SIDE, SIDE)
    deep[0] = 65535
    scan = decode_image(encoded(Image.fromarray(deep)), SIDE).scan
    assert np.abs(scan - deep / 257).max() <= 0.51
    assert scan.min() == 0 or deep.min() > 128
    assert scan.max() == 255


def test_a_clear_grey_of_sixteen_bits_becomes_paper():
    deep = np.full((SIDE, SIDE), 65535, np.uint16)
    deep[5:9, 5:9] = 7
    stream = io.BytesIO()
    Image.fromarray(deep).save(stream, "PNG", transparency=7)
    decoded = decode_image(stream.getvalue(), SIDE)
    assert decoded.scan.min() == 255
    assert FLATTENED in decoded.notes


def test_transparent_parts_become_white_paper_and_that_is_said():
    colours = np.zeros((SIDE, SIDE, 4), np.uint8)  # black, but clear
    colours[4:28, 6:9, 3] = 255
    colours[25:28, 6:20, 3] = 255
    decoded = decode_image(encoded(Image.fromarray(colours)), SIDE)
    assert np.array_equal(decoded.scan, an_l())
    assert decoded.notes == (FLATTENED,)


def test_half_transparent_black_is_grey_on_white():
    colours = np.zeros((SIDE, SIDE, 4), np.uint8)
    colours[..., 3] = 51  # a fifth
    scan = decode_image(encoded(Image.fromarray(colours)), SIDE).scan
    assert np.abs(scan.astype(int) - 204).max() <= 1


def test_an_opaque_alpha_channel_is_nothing_to_speak_of():
    image = Image.fromarray(an_l()).convert("RGBA")
    assert decode_image(encoded(image), SIDE).notes == ()


def test_a_palette_with_a_clear_entry_becomes_paper():
    image = Image.fromarray(an_l()).convert("RGB").quantize(2)
    black = image.getpixel((7, 10))
    decoded = decode_image(encoded(image, transparency=black), SIDE)
    assert decoded.scan.min() == 255


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(orientation):
    # PIL's own transposition is the independent answer.
    stored = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    upright = Image.fromarray(an_l())
    image = upright if stored is None else upright.transpose(stored)
    exif = Image.Exif()
    exif[0x0112] = orientation
    decoded = decode_image(encoded(image, "PNG", exif=exif), SIDE)
    assert np.array_equal(decoded.scan, an_l())
    assert decoded.notes == ((TURNED,) if orientation > 1 else ())


def test_an_orientation_that_does_not_exist_is_ignored():
    exif = Image.Exif()
    exif[0x0112] = 77
    content = encoded(Image.fromarray(an_l()), "PNG", exif=exif)
    assert np.array_equal(decode_image(content, SIDE).scan, an_l())


def test_damaged_exif_does_not_harm_the_pixels():
    content = encoded(Image.fromarray(an_l()), "PNG", exif=b"Exif\0\0II*\0garbage")
    assert np.array_equal(decode_image(content, SIDE).scan, an_l())


def test_white_on_black_is_inverted_and_that_is_said():
    decoded = decode_image(encoded(Image.fromarray(255 - an_l())), SIDE)
    assert np.array_equal(decoded.scan, an_l())
    assert decoded.notes == (INVERTED,)


def test_a_dark_object_within_white_is_not_inverted():
    scan = np.full((SIDE, SIDE), 255, np.uint8)
    scan[2:30, 2:30] = 0  # most is dark, the border is not
    assert not is_white_on_black(scan)


def test_a_dark_frame_around_white_is_not_inverted():
    scan = np.full((SIDE, SIDE), 255, np.uint8)
    scan[[0, -1]] = 0
    scan[:, [0, -1]] = 0
    assert not is_white_on_black(scan)


def test_an_oblong_image_is_centred_on_white_with_its_proportions():
    scan = np.zeros((SIDE // 2, SIDE), np.uint8)
    scan[0, 0] = 255
    scan[[0, -1], 1:] = 255  # not taken for white on black
    scan[:, [0, -1]] = 255
    decoded = decode_image(encoded(Image.fromarray(scan)), SIDE).scan
    assert (decoded[: SIDE // 4] == 255).all()
    assert (decoded[-SIDE // 4 :] == 255).all()
    assert np.array_equal(decoded[SIDE // 4 : -SIDE // 4], scan)


def test_shrinking_keeps_the_mean_grey_so_that_thin_strokes_do_not_vanish():
    scan = np.full((8 * SIDE, 8 * SIDE), 255, np.uint8)
    scan[:, 100] = 0
    small = decode_image(encoded(Image.fromarray(scan)), SIDE).scan
    assert small.mean() == pytest.approx(scan.mean(), abs=0.5)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_file_cut_short_is_refused(share, kind):
    noise = np.random.default_rng(0).integers(128, 255, (64, 64), np.uint8)
    content = encoded(Image.fromarray(noise), kind)
    with pytest.raises(BadInput, match="damaged or cut short"):
        decode_image(content[: int(len(content) * share)], SIDE)


@settings(deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"<svg "]),
)
def test_whatever_the_bytes_are_the_answer_is_an_image_or_a_plain_refusal(tail, head):
    with suppress(BadInput):
        assert decode_image(head + tail, SIDE).scan.shape == (SIDE, SIDE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"just some words", "it is text"),
        (b"GIF89a....", "it is a GIF"),
        (b"BM......", "it is a BMP"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "it is a WebP"),
        (b"\0\1\2\3", "unknown kind"),
        (b"<html><body>404</body></html>", "not an SVG"),
    ],
)
def test_what_is_no_image_is_named_for_what_it_is(content, reason):
    with pytest.raises(BadInput, match=reason):
        decode_image(content, SIDE)


def test_one_pixel_is_too_small():
    with pytest.raises(BadInput, match="1 × 1 pixels, too small"):
        decode_image(encoded(Image.new("L", (1, 1))), SIDE)


def test_a_huge_image_is_refused_from_its_header():
    with pytest.raises(BadInput, match="20,000 × 20,000 pixels, more than the limit of 40"):
        decode_image(png_of_size(20_000, 20_000), SIDE)
    assert MAX_PIXELS < 20_000 * 20_000


def test_a_huge_jpeg_is_refused_from_its_header():
    content = bytearray(encoded(Image.new("L", (16, 16)), "JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", 20_000, 20_000)
    with pytest.raises(BadInput, match="more than the limit"):
        decode_image(bytes(content), SIDE)


def test_reading_a_file_names_it(tmp_path):
    (tmp_path / "notes.png").write_text("not pixels")
    with pytest.raises(BadInput, match=r"notes\.png cannot be used: it is text.*\.$"):
        read_image(tmp_path / "notes.png", SIDE)
    with pytest.raises(BadInput, match=r"nowhere\.png cannot be read: No such file"):
        read_image(tmp_path / "nowhere.png", SIDE)


def test_reading_a_sound_file_gives_its_pixels(tmp_path):
    Image.fromarray(an_l()).save(tmp_path / "l.png")
    assert np.array_equal(read_image(tmp_path / "l.png", SIDE).scan, an_l())


def test_an_immense_file_is_not_read(tmp_path):
    with (tmp_path / "big.png").open("wb") as stream:
        stream.truncate(65 * 2**20)
    with pytest.raises(BadInput, match="larger than 64 MB"):
        read_image(tmp_path / "big.png", SIDE)
