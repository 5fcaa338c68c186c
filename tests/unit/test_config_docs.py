"""docs/admin/configure.md lists the keys that there are."""

from barbelo.config.settings import all_keys
from tools.write_config_docs import PAGE, page


def test_the_page_of_keys_is_up_to_date():
    current = PAGE.read_text(encoding="utf-8")
    assert page(current) == current, "run: python tools/write_config_docs.py"


def test_the_page_names_every_key_with_its_sentence():
    current = PAGE.read_text(encoding="utf-8")
    for key in all_keys():
        assert f"| `{key.name}` |" in current
        assert key.description in current
