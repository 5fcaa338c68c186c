"""Draws the pictures that everybody has who has not chosen any: avatar, header, and the icon of the pages.

`python tools/draw_pictures.py` writes them anew. They are drawn as vectors and kept as PNG: clients
take no SVG for a picture of a person.
"""

from pathlib import Path

import pyvips

STATIC = Path(__file__).parents[1] / "src" / "barbelo" / "web" / "static"

AVATAR = """
<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400" viewBox="0 0 400 400">
  <rect width="400" height="400" fill="#ead9c6"/>
  <circle cx="200" cy="158" r="74" fill="#a9684a"/>
  <path d="M60 400 C60 300 120 262 200 262 S340 300 340 400 Z" fill="#a9684a"/>
</svg>
"""

HEADER = """
<svg xmlns="http://www.w3.org/2000/svg" width="1500" height="500" viewBox="0 0 1500 500">
  <rect width="1500" height="500" fill="#f1e4d3"/>
  <circle cx="1130" cy="190" r="92" fill="#e8c9a0"/>
  <path d="M0 330 C240 230 420 270 640 330 S1120 410 1500 270 V500 H0 Z" fill="#dcbb9a"/>
  <path d="M0 410 C300 330 520 350 800 410 S1260 450 1500 380 V500 H0 Z" fill="#c4916e"/>
  <path d="M0 470 C340 430 700 440 1000 470 S1380 490 1500 460 V500 H0 Z" fill="#a9684a"/>
</svg>
"""

ICON = """
<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96">
  <rect width="96" height="96" rx="22" fill="#8a4b2f"/>
  <path d="M34 20 v56" stroke="#fbf6ef" stroke-width="9" stroke-linecap="round"/>
  <circle cx="52" cy="57" r="18" fill="none" stroke="#fbf6ef" stroke-width="9"/>
</svg>
"""

PICTURES = {"avatar.png": AVATAR, "header.png": HEADER, "icon.png": ICON}


def main() -> None:
    for name, drawing in PICTURES.items():
        picture = pyvips.Image.svgload_buffer(drawing.strip().encode())
        if name != "icon.png":  # nothing behind it to shine through
            picture = picture.flatten()
        picture.pngsave(str(STATIC / name), compression=9, palette=True, keep="none")
        print(f"{name}: {(STATIC / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
