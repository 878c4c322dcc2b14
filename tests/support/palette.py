"""Pictures of pages as small as they can be: few colours make up nearly all of a page.

A browser counts and chooses them, because it is there and fast; what is written is a PNG with a palette.
"""
import base64
import json
import struct
import zlib

COLOURS = """(async (picture) => {
    const image = new Image();
    image.src = "data:image/png;base64," + picture;
    await image.decode();
    const {width, height} = image, drawing = new OffscreenCanvas(width, height).getContext("2d");
    drawing.drawImage(image, 0, 0);
    const points = new Uint32Array(drawing.getImageData(0, 0, width, height).data.buffer), counts = new Map();
    for (const point of points)
        counts.set(point, (counts.get(point) ?? 0) + 1);
    const palette = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 256).map(([colour]) => colour);
    const chosen = new Map(palette.map((colour, index) => [colour, index]));
    const part = (colour, shift) => colour >>> shift & 255;
    const distance = (a, b) => [0, 8, 16].reduce((sum, shift) => sum + (part(a, shift) - part(b, shift)) ** 2, 0);
    const nearest = (colour) =>
        palette.reduce((best, one, index) => distance(one, colour) < distance(palette[best], colour) ? index : best, 0);
    const indexes = Uint8Array.from(points, (point) => {
        if (!chosen.has(point))
            chosen.set(point, nearest(point));
        return chosen.get(point);
    });
    const reader = new FileReader(), read = new Promise((done) => { reader.onload = done; });
    reader.readAsDataURL(new Blob([indexes]));
    await read;
    return {width, height, palette, indexes: reader.result.split(",")[1]};
})"""


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def reduce_colours(tab, png):
    """@png with 256 colours at most; @tab is an empty page."""
    found = tab.value(f"{COLOURS}({json.dumps(base64.b64encode(png).decode())})")
    width, points = found["width"], base64.b64decode(found["indexes"])
    rows = b"".join(b"\0" + points[at:at + width] for at in range(0, len(points), width))
    palette = b"".join(struct.pack("<I", colour)[:3] for colour in found["palette"])
    header = struct.pack(">IIBBBBB", width, found["height"], 8, 3, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"PLTE", palette) +
            chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))
