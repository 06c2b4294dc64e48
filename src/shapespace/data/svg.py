"""SVG drawings from anyone, turned into pixels without trusting them."""

import io
import re
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np
import resvg_py
from PIL import Image

from shapespace.arrays import Scan
from shapespace.errors import BadInput

MAX_BYTES = 5 * 2**20
MAX_DEPTH = 100
"""Elements inside each other; the renderer keeps them on the stack, which has an end."""
MAX_ELEMENTS = 50_000
MAX_ASPECT = 100
"""How many times longer than wide a drawing may be."""

_SVG = "http://www.w3.org/2000/svg"
_REFUSED = {
    "script": "it holds a script",
    "foreignObject": "it embeds a foreign object, such as a web page",
    "image": "it embeds another image",
    "feImage": "it embeds another image",
    "filter": "it uses a filter effect, which a line drawing does not need",
    "pattern": "it uses a fill pattern, which a line drawing does not need",
    "text": "it holds text, which looks different on every machine: turn text into paths first",
}
_MOVING = {"animate", "animateTransform", "animateMotion", "animateColor", "set"}
_LENGTH = re.compile(r"\s*([0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(px|pt|pc|mm|cm|in)?\s*$")
_PIXELS = {"px": 1, "": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96}


def rasterise(content: bytes, longest: int) -> Scan:
    """Draw an SVG on white paper, its longer side `longest` pixels.

    Nothing the file points to is ever opened, and nothing in it is run: the file is read,
    checked and written anew from what was understood before the renderer sees it.

    Raises:
        BadInput: If the file is not well-formed, has no size, or holds what is refused here:
            scripts, references to other files, embedded images, entities, text, filters.
    """
    if len(content) > MAX_BYTES:
        raise BadInput(f"the SVG is larger than {MAX_BYTES // 2**20} MB")
    root = _parse(content)
    _check(root)
    width, height, box = _size(root)
    factor = longest / max(width, height)
    root.set("viewBox", box)
    root.set("width", str(max(1, round(width * factor))))
    root.set("height", str(max(1, round(height * factor))))
    clean = ElementTree.tostring(root, encoding="unicode")
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=clean, background="#ffffff", skip_system_fonts=True
        )
    except ValueError as error:
        raise BadInput(f"the SVG cannot be drawn ({error})") from error
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        return np.asarray(image.convert("L"))


def _parse(content: bytes) -> ElementTree.Element:
    """Read well-formed XML without entities, of a bounded depth and size."""
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    depth = n_elements = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, n_elements
        depth += 1
        n_elements += 1
        if depth > MAX_DEPTH:
            raise BadInput(f"the SVG nests its elements more than {MAX_DEPTH} deep")
        if n_elements > MAX_ELEMENTS:
            raise BadInput(f"the SVG has more than {MAX_ELEMENTS:,} elements")
        builder.start(_braced(tag), {_braced(k): v for k, v in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_braced(tag))

    def refuse_entity(*_: object) -> None:
        raise BadInput("the SVG declares entities; save it as plain SVG")

    def refuse_instruction(target: str, _: str) -> None:
        if target == "xml-stylesheet":
            raise BadInput("the SVG refers to a style sheet outside the file")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse_entity
    parser.ProcessingInstructionHandler = refuse_instruction
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise BadInput(f"the SVG is not well-formed ({error})") from error
    return builder.close()


def _braced(name: str) -> str:
    """Write `namespace}name` the way ElementTree does; a name without one is taken as SVG's."""
    return f"{{{name}" if "}" in name else name


def _check(root: ElementTree.Element) -> None:
    """Refuse what could act or fetch; drop what a drawing does not need.

    Elements get the SVG namespace if they have none; those of other namespaces (editors keep
    notes there) are dropped, and so are animations, which leaves their first picture.
    """
    if root.tag not in ("svg", f"{{{_SVG}}}svg"):
        raise BadInput("the file is XML, but not an SVG drawing")
    ElementTree.register_namespace("", _SVG)
    waiting = [root]
    while waiting:
        element = waiting.pop()
        name = element.tag.removeprefix(f"{{{_SVG}}}")
        element.tag = f"{{{_SVG}}}{name}"
        if name in _REFUSED:
            raise BadInput(_REFUSED[name])
        for key in list(element.attrib):
            _check_attribute(element, key)
        if name == "style":
            _check_style(element.text or "")
        for child in list(element):
            local = child.tag.removeprefix(f"{{{_SVG}}}")
            if "}" in local or local in _MOVING or local == "metadata":
                element.remove(child)
            else:
                waiting.append(child)


def _check_attribute(element: ElementTree.Element, key: str) -> None:
    """Refuse events and references that leave the file; drop attributes of other namespaces."""
    local = key.rsplit("}", 1)[-1]
    value = element.attrib[key]
    if local.lower().startswith("on"):
        raise BadInput("it holds a script")
    if local == "href" and not value.strip().startswith("#"):
        raise BadInput(f"it refers to something outside the file ({value.strip()[:60]!r})")
    _check_style(value)
    if "}" in key:
        del element.attrib[key]
        if local == "href":
            element.set("href", value)


def _check_style(style: str) -> None:
    """Refuse style that reaches outside the file, also when it is disguised by escapes."""
    lowered = style.lower()
    if "@import" in lowered or re.search(r"url\(\s*['\"]?\s*[^#'\"\s]", lowered):
        raise BadInput("its style refers to something outside the file")
    if "\\" in style:
        raise BadInput("its style uses escapes, which can hide a reference")


def _size(root: ElementTree.Element) -> tuple[float, float, str]:
    """Return width, height and view box; the size in the file wins over that of the box."""
    width, height = (_length(root.get(side)) for side in ("width", "height"))
    box = root.get("viewBox")
    if box is not None:
        try:
            _, _, box_width, box_height = (float(x) for x in re.split(r"[\s,]+", box.strip()))
        except ValueError:
            raise BadInput(
                f"the SVG has a view box that is no four numbers ({box!r})"
            ) from None
        if not width or not height:
            width, height = box_width, box_height
    if not width or not height:
        raise BadInput("the SVG has no size: give it a viewBox, or a width and a height")
    if not 1 / MAX_ASPECT <= width / height <= MAX_ASPECT:
        raise BadInput(
            f"the SVG is {width:g} by {height:g}, more than {MAX_ASPECT} times longer than wide"
        )
    return width, height, box if box is not None else f"0 0 {width:g} {height:g}"


def _length(text: str | None) -> float | None:
    """Return a length in pixels at 96 dpi; None where it depends on a page around it."""
    match = _LENGTH.match(text or "")
    try:
        return float(match[1]) * _PIXELS[match[2] or ""] if match else None
    except ValueError:  # such as "1.2.3"
        return None
