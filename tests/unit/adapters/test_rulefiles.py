"""Rule folders, bounded; and the compiled set beside them."""

import pytest

from seerflow.adapters import rulefiles
from seerflow.errors import OperatorError
from seerflow.rules.documents import MAX_BYTES

RULE = "title: T\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: linux}\ndetection: {s: {f: x}, condition: s}\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules" / "deep").mkdir(parents=True)
    (tmp_path / "rules" / "deep" / "one.yml").write_text(RULE)
    (tmp_path / "rules" / "notes.md").write_text("no rule")
    return tmp_path / "rules"


def test_rule_files_are_found_in_folders_and_by_name(folder):
    assert list(rulefiles.read([folder])) == [str(folder / "deep" / "one.yml")]
    assert list(rulefiles.read([folder / "deep" / "one.yml"])) == [str(folder / "deep" / "one.yml")]


def test_links_are_not_followed(folder, tmp_path):
    (tmp_path / "secret.yml").write_text(RULE)
    (folder / "link.yml").symlink_to(tmp_path / "secret.yml")
    (folder / "loop").symlink_to(folder)
    assert len(rulefiles.read([folder])) == 1


def test_a_missing_folder_is_the_operators(tmp_path):
    with pytest.raises(OperatorError, match="no such folder"):
        rulefiles.read([tmp_path / "nowhere"])


def test_a_huge_file_is_not_read_whole_and_refused(folder):
    (folder / "big.yml").write_bytes(b"#" * (MAX_BYTES * 3))
    assert len(rulefiles.read([folder])[str(folder / "big.yml")]) == MAX_BYTES + 1
    ruleset = rulefiles.ruleset([folder])
    assert len(ruleset.rules) == 1
    assert "larger than" in ruleset.problems[0].fact


def test_too_many_files_are_refused(folder, monkeypatch):
    monkeypatch.setattr(rulefiles, "MAX_FILES", 0)
    with pytest.raises(OperatorError, match="more than 0 files"):
        rulefiles.read([folder])


def test_the_compiled_set_is_kept_and_equal(folder, tmp_path):
    cold = rulefiles.ruleset([folder], cache=tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    warm = rulefiles.ruleset([folder], cache=tmp_path / "cache")
    assert cold == warm == rulefiles.ruleset([folder])
    kept.write_bytes(b"broken")
    assert rulefiles.ruleset([folder], cache=tmp_path / "cache") == cold
    (folder / "deep" / "one.yml").write_text(RULE.replace("f: x", "f: y"))
    assert rulefiles.ruleset([folder], cache=tmp_path / "cache").name != cold.name
    assert rulefiles.ruleset([folder], {"a": ["b"]}, cache=tmp_path / "cache").name != warm.name


def test_a_cache_that_cannot_be_written_changes_nothing(folder, tmp_path):
    (tmp_path / "file").write_text("")
    assert len(rulefiles.ruleset([folder], cache=tmp_path / "file").rules) == 1
