import json

import numpy as np
import pytest
from dijethunt.selections.certification import CertificationError, certified


def test_blocks_are_certified_up_to_the_last(tmp_path):
    path = tmp_path / "golden.json"
    path.write_text(json.dumps({"315267": [[2, 3], [7, 7]], "315270": [[1, 5]]}))
    run = np.array([315267] * 8 + [315270, 315270, 315268], np.uint32)
    lumi = np.array([1, 2, 3, 4, 6, 7, 8, 200, 1, 6, 2], np.uint32)
    expected = [False, True, True, False, False, True, False, False, True, False, False]
    assert certified(path, run, lumi).tolist() == expected


def test_a_file_that_changed_is_read_again(tmp_path):
    path = tmp_path / "golden.json"
    run, lumi = np.array([5], np.uint32), np.array([2], np.uint32)
    answers = []
    for blocks in ([[1, 1]], [[1, 12]]):
        path.write_text(json.dumps({"5": blocks}))
        answers.append(bool(certified(path, run, lumi)[0]))
    assert answers == [False, True]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("run,lumi\n1,2\n", r"golden\.json is not a golden JSON .*; give a file such as"),
        ("[[1, 2]]", r"golden\.json holds no runs"),
        ("{}", r"golden\.json holds no runs"),
        ('{"315267": [1, 150]}', r"run '315267' has \[1, 150\]; give a file such as"),
        ('{"315267": [[150, 1]]}', r"run '315267' has \[\[150, 1\]\]"),
        ('{"A": [[1, 2]]}', r"run 'A' has"),
    ],
)
def test_files_that_are_no_golden_json(tmp_path, content, message):
    path = tmp_path / "golden.json"
    path.write_text(content)
    with pytest.raises(CertificationError, match=message):
        certified(path, np.array([1]), np.array([1]))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CertificationError, match=r"cannot read the golden JSON .*none\.json: No such file"):
        certified(tmp_path / "none.json", np.array([1]), np.array([1]))


def test_a_file_that_is_not_text(tmp_path):
    path = tmp_path / "golden.json"
    path.write_bytes(b"\x80\x81root")
    with pytest.raises(CertificationError, match="is not a golden JSON"):
        certified(path, np.array([1]), np.array([1]))
