import subprocess


def test_a():
    assert subprocess.call(['git', 'status']) == 0
