"""Pictures as they come and as they leave: upright, readable, moving if they moved, and silent about their maker."""

import pytest
import pyvips

import pictures
from barbelo.gateways import picture, sniff
from barbelo.gateways.images import Images


@pytest.fixture(scope="module")
async def images():
    async with Images(width=1) as shared:
        yield shared


@pytest.fixture
def put(tmp_path):
    """Write bytes to a file and say what it is."""

    def write(data: bytes, name: str = "upload"):
        path = tmp_path / name
        path.write_bytes(data)
        return path, sniff.get_kind(path)

    return write


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    return made


@pytest.mark.parametrize("make", pictures.KINDS.values(), ids=pictures.KINDS.keys())
async def test_nothing_about_the_maker_is_left(images, put, folder, make):
    upload, kind = put(make())
    assert pictures.leaks(upload)  # so that this test can fail
    made = await images.attachment(upload, kind, folder)
    assert (made.original.width, made.original.height) == (300, 200)
    for one in (made.original, made.preview):
        assert pictures.leaks(one.path) == []
        assert sniff.get_kind(one.path).mime == one.mime
        assert one.path.stat().st_size == one.size_bytes
        assert one.path.suffix == sniff.get_kind(one.path).suffix
    assert made.original.mime == kind.mime
    assert len(made.blurhash) == 28
    names = set(pyvips.Image.new_from_file(str(made.original.path)).get_fields())
    assert not {
        name for name in names if name.startswith(("exif", "xmp", "iptc", "icc", "png-comment", "gif-comm"))
    }


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "gif"])
async def test_a_picture_that_needs_no_change_keeps_every_pixel(images, put, folder, name):
    upload, kind = put(pictures.KINDS[name]())
    made = await images.attachment(upload, kind, folder)
    assert pictures.pixels(made.original.path) == pictures.pixels(upload)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_turned_photograph_ends_upright(images, put, folder, orientation):
    """All eight ways to hold a camera: what EXIF says is done to the pixels, and is not said any more."""
    upload, kind = put(pictures.jpeg(pictures.quarters(320, 200), orientation, Q=95))
    expected = pyvips.Image.new_from_buffer(upload.read_bytes(), "").autorot()
    info = await images.inspect(upload, kind)
    made = await images.attachment(upload, kind, folder)
    assert info.orientation == orientation
    for one in (info, made.original):
        assert (one.width, one.height) == (expected.width, expected.height)
    for x, y in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]:
        wanted = [
            round(v / 255) * 255 for v in expected.getpoint(int(expected.width * x), int(expected.height * y))
        ]
        assert pictures.colour(made.original.path, x, y) == wanted
        assert pictures.colour(made.preview.path, x, y) == wanted
    assert pictures.leaks(made.original.path) == []
    assert pyvips.Image.new_from_file(str(made.original.path)).get_typeof("orientation") == 0


async def test_a_large_photograph_is_made_smaller_in_the_same_shape(images, put, folder):
    upload, kind = put(pictures.jpeg(pictures.photo(4032, 3024), 6))
    made = await images.attachment(upload, kind, folder)
    assert made.source == picture.ImageInfo(3024, 4032, 1, 6)
    assert made.original.width * made.original.height <= picture.ORIGINAL_PIXELS * 1.001
    assert made.original.width * made.original.height > picture.ORIGINAL_PIXELS * 0.99
    assert made.preview.width * made.preview.height <= picture.PREVIEW_PIXELS * 1.01
    for one in (made.original, made.preview):
        assert one.aspect == pytest.approx(3 / 4, rel=0.01)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 2000), (2000, 1), (7, 3), (641, 360)])
async def test_every_shape_has_a_preview_that_is_not_larger(images, put, folder, width, height):
    upload, kind = put(
        pictures.quarters(max(2, width), max(2, height)).crop(0, 0, width, height).pngsave_buffer()
    )
    made = await images.attachment(upload, kind, folder)
    assert (made.original.width, made.original.height) == (width, height)
    assert 1 <= made.preview.width <= width
    assert 1 <= made.preview.height <= height


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".gif", ".avif"])
async def test_a_single_pixel_is_a_picture(images, put, folder, suffix):
    upload, kind = put(pictures.quarters(2, 2).crop(0, 0, 1, 1).write_to_buffer(suffix))
    made = await images.attachment(upload, kind, folder)
    assert (made.original.width, made.original.height, made.preview.width) == (1, 1, 1)
    assert made.blurhash


# What moves


@pytest.mark.parametrize("name", ["gif, moving", "webp, moving"])
async def test_an_animation_keeps_all_its_frames_and_their_time(images, put, folder, name):
    upload, kind = put(pictures.KINDS[name]())
    made = await images.attachment(upload, kind, folder)
    after = pyvips.Image.new_from_file(str(made.original.path), n=-1)
    assert after.get("n-pages") == made.source.frames == 5
    assert after.get("delay") == [50, 60, 70, 80, 90]
    assert after.get("loop") == 3
    assert pictures.pixels(made.original.path, "n=-1") == pictures.pixels(upload, "n=-1")
    assert made.preview.mime == "image/jpeg"


async def test_a_moving_png_keeps_its_frames_chunk_by_chunk(images, put, folder):
    upload, kind = put(pictures.KINDS["png, moving"]())
    made = await images.attachment(upload, kind, folder)
    before, after = (pictures.png_chunks(path.read_bytes()) for path in (upload, made.original.path))
    assert [one for one in before if one[0] != b"tEXt"] == after
    assert made.source.frames == 5


async def test_an_animated_avatar_moves_and_has_a_still(images, put, folder):
    for name in ("gif, moving", "webp, moving"):
        upload, kind = put(pictures.KINDS[name]())
        made = await images.avatar(upload, kind, folder)
        after = pyvips.Image.new_from_file(str(made.picture.path), n=-1)
        assert (made.picture.mime, made.picture.width, made.picture.height) == (kind.mime, 200, 200)
        assert (after.get("n-pages"), after.get("page-height")) == (5, 200)
        assert after.get("delay") == [50, 60, 70, 80, 90]
        assert (made.still.width, made.still.height) == (200, 200)
        assert pyvips.Image.new_from_file(str(made.still.path)).get_typeof("n-pages") == 0 or (
            pyvips.Image.new_from_file(str(made.still.path)).get("n-pages") == 1
        )
        assert pictures.leaks(made.picture.path) == pictures.leaks(made.still.path) == []


async def test_a_moving_gif_is_as_large_as_its_screen_for_that_is_what_viewers_show(images, put, folder):
    two = pictures.gif(2, 4, 4)
    upload, kind = put(two[:6] + (640).to_bytes(2, "little") + (480).to_bytes(2, "little") + two[10:])
    made = await images.attachment(upload, kind, folder)
    assert (made.original.width, made.original.height) == (640, 480)


@pytest.mark.parametrize("make", [lambda: pictures.gif(3, 64, 64), lambda: pictures.apng(3, 64, 64)])
async def test_an_animated_avatar_that_fits_is_not_touched(images, put, folder, make):
    upload, kind = put(make())
    made = await images.avatar(upload, kind, folder)
    assert (made.picture.width, made.picture.height, made.picture.mime) == (64, 64, kind.mime)
    assert (made.still.width, made.still.mime) == (64, "image/png")
    assert pictures.pixels(made.picture.path, "") == pictures.pixels(upload, "")


# Avatars and headers


async def test_an_avatar_is_the_middle_square(images, put, folder):
    wide = pictures.quarters(300, 300).embed(300, 0, 900, 300)  # black on both sides
    upload, kind = put(pictures.png(wide))
    made = await images.avatar(upload, kind, folder)
    assert (made.picture.width, made.picture.height, made.still) == (300, 300, None)
    assert pictures.colour(made.picture.path, 0.05, 0.05) == [255, 0, 0]
    assert pictures.colour(made.picture.path, 0.95, 0.05) == [0, 255, 0]


@pytest.mark.parametrize(
    ("size", "avatar", "header"),
    [
        ((3000, 2000), (400, 400), (1500, 500)),
        ((400, 400), (400, 400), (400, 133)),
        ((90, 200), (90, 90), (90, 30)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
async def test_portraits_have_their_shape_and_are_never_enlarged(images, put, folder, size, avatar, header):
    upload, kind = put(pictures.jpeg(pictures.photo(max(2, size[0]), max(2, size[1])).crop(0, 0, *size)))
    made = (await images.avatar(upload, kind, folder)).picture
    assert (made.width, made.height) == avatar
    made = (await images.header(upload, kind, folder)).picture
    assert (made.width, made.height) == header
    assert pictures.leaks(made.path) == []


async def test_a_turned_avatar_ends_upright(images, put, folder):
    upload, kind = put(pictures.jpeg(pictures.quarters(600, 600), 6, Q=95))
    made = await images.avatar(upload, kind, folder)
    assert pictures.colour(made.picture.path, 0.75, 0.25) == pictures.RED


# Odd colours


async def test_sixteen_bits_become_eight(images, put, folder):
    deep = (pictures.quarters(60, 40).cast("ushort") * 257).copy(interpretation="rgb16")
    upload, kind = put(deep.pngsave_buffer(bitdepth=16))
    assert upload.read_bytes()[24] == 16
    made = await images.attachment(upload, kind, folder)
    assert made.original.path.read_bytes()[24] == 8
    assert pictures.colour(made.original.path, 0.75, 0.25) == pictures.GREEN


async def test_printers_colours_become_those_of_a_screen(images, put, folder):
    upload, kind = put(pictures.jpeg(pictures.quarters(60, 40).colourspace("cmyk")))
    assert pyvips.Image.new_from_file(str(upload)).bands == 4
    made = await images.attachment(upload, kind, folder)
    assert pyvips.Image.new_from_file(str(made.original.path)).bands == 3
    assert pictures.colour(made.original.path, 0.25, 0.25) == pictures.RED


async def test_a_palette_with_alpha_stays_one_and_the_preview_shows_through(images, put, folder):
    seen = pictures.quarters(60, 40).bandjoin(
        pyvips.Image.black(60, 40).draw_rect(255, 0, 0, 30, 40, fill=True)
    )
    upload, kind = put(pictures.png(seen, palette=True))
    assert upload.read_bytes()[25] == 3
    made = await images.attachment(upload, kind, folder)
    assert made.original.path.read_bytes()[25] == 3
    assert made.preview.mime == "image/webp"
    preview = pyvips.Image.new_from_file(str(made.preview.path))
    assert (preview.getpoint(10, 10)[3], preview.getpoint(50, 10)[3]) == (255, 0)


async def test_alpha_that_hides_nothing_does_not_cost_a_preview_in_webp(images, put, folder):
    upload, kind = put(pictures.png(pictures.quarters(60, 40).bandjoin(255)))
    assert (await images.attachment(upload, kind, folder)).preview.mime == "image/jpeg"


async def test_grey_stays_grey(images, put, folder):
    upload, kind = put(pictures.jpeg(pictures.photo(60, 40).colourspace("b-w"), 3))
    made = await images.attachment(upload, kind, folder)
    assert pyvips.Image.new_from_file(str(made.original.path)).bands == 1
    assert made.blurhash


def with_profile(profile: bytes, save: str = "jpegsave_buffer", **options) -> bytes:
    image = pictures.photo(300, 200).copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return getattr(image, save)(**options)


def profile(name: str, more: bytes = b"") -> bytes:
    """One of the library's, with something behind it that its length covers."""
    plain = pyvips.Operation.call("profile_load", name)
    return (len(plain) + len(more)).to_bytes(4) + plain[4:] + more


@pytest.mark.parametrize("save", ["jpegsave_buffer", "pngsave_buffer", "webpsave_buffer"])
async def test_wide_colours_stay_wide_under_a_profile_of_our_own(images, put, folder, save):
    theirs = profile("p3", b"Display P3 SecretProfile")
    upload, kind = put(with_profile(theirs, save))
    made = await images.attachment(upload, kind, folder)
    assert pyvips.Image.new_from_file(str(made.original.path)).get("icc-profile-data") == profile("p3")
    assert pictures.pixels(made.original.path) == pictures.pixels(upload)
    assert pictures.leaks(made.original.path) == []
    assert pyvips.Image.new_from_file(str(made.preview.path)).get("icc-profile-data") == profile("p3")


async def test_a_profile_that_says_what_is_taken_for_granted_is_left_out(images, put, folder):
    upload, kind = put(with_profile(profile("srgb", b"sRGB SecretProfile..")))
    made = await images.attachment(upload, kind, folder)
    assert b"ICC_PROFILE" not in made.original.path.read_bytes()
    assert pictures.pixels(made.original.path) == pictures.pixels(upload)


async def test_the_profile_of_somebodys_screen_is_applied_and_forgotten(images, put, folder):
    theirs = profile("p3").replace(b"s\0P\x003\0C", b"s\0X\x00Y\0Z").replace(b"sP3C", b"sXYZ")
    assert theirs != profile("p3")
    upload, kind = put(with_profile(theirs, "pngsave_buffer"))
    made = await images.attachment(upload, kind, folder)
    assert b"iCCP" not in made.original.path.read_bytes()
    wanted = pyvips.Image.new_from_file(str(upload)).icc_transform("srgb", embedded=True)
    got = pyvips.Image.new_from_file(str(made.original.path))
    assert (wanted - got).abs().avg() < 0.5
    assert (pyvips.Image.new_from_file(str(upload)) - wanted).abs().avg() > 2  # so it was applied


async def test_a_broken_profile_breaks_nothing(images, put, folder):
    upload, kind = put(pictures.jpeg(pictures.photo(60, 40)).replace(
        b"\xff\xfe\x00\x0eSecretRemark", b"\xff\xe2\x00\x2dICC_PROFILE\0\x01\x01this is no profile at all, hm"
    ))  # fmt: skip
    made = await images.attachment(upload, kind, folder)
    assert b"ICC_PROFILE" not in made.original.path.read_bytes()


# HEIC: libvips has no decoder for it in its wheel; what is done where it has one is tried with AVIF.


async def test_heic_becomes_jpeg(images, put, folder):
    upload, _ = put(pictures.KINDS["avif"]())
    made = await images.attachment(upload, sniff.HEIC, folder)
    assert made.original.mime == "image/jpeg"
    assert pictures.leaks(made.original.path) == []
