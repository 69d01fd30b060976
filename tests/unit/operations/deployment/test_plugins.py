"""A provider is a program that runs with the user's rights: from which folders it is taken, and from which never."""

import os
import platform
import re
from pathlib import Path

import pytest

from operations.deployment.plugins import find_plugins
from operations.deployment.terraform import ROOT

MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
HERE = f"{platform.system().lower()}_{MACHINE}"


def mirror(folder: Path, target: str = HERE) -> Path:
    """Make a folder of unpacked providers with one for `target`."""
    provider = folder / "registry.terraform.io" / "hashicorp" / "aws" / "5.100.0" / target
    provider.mkdir(parents=True)
    (provider / "terraform-provider-aws_v5.100.0_x5").write_text("#!/bin/sh\n")
    return folder


def _of(folder: Path, what: str) -> Path:
    (found,) = folder.rglob(what)
    return found


def test_the_first_folder_that_has_the_provider_is_taken(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    first, second = mirror(tmp_path / "first"), mirror(tmp_path / "second")
    assert find_plugins([str(tmp_path / "empty"), str(first), str(second)]) == first


def test_a_provider_of_another_platform_is_passed_by(tmp_path: Path) -> None:
    assert find_plugins([str(mirror(tmp_path / "mirror", "windows_386"))]) is None


def test_only_named_folders_are_searched(tmp_path: Path) -> None:
    mirror(tmp_path / "planted" / "plugins")
    assert find_plugins([str(tmp_path)]) is None


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777], ids=oct)
@pytest.mark.parametrize("what", ["5.100.0", HERE, "terraform-provider-aws*"])
def test_a_provider_that_others_can_change_is_not_run(tmp_path: Path, mode: int, what: str) -> None:
    folder = mirror(tmp_path / "mirror")
    changed = _of(folder, what)
    changed.chmod(mode)
    is_replaceable = mode != 0o1777 or what != "5.100.0"  # the sticky bit keeps what is below from being replaced
    assert (find_plugins([str(folder)]) is None) == is_replaceable


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("what", [HERE, "terraform-provider-aws*"])
def test_a_provider_of_another_user_is_not_run(tmp_path: Path, what: str) -> None:
    folder = mirror(tmp_path / "mirror")
    os.chown(_of(folder, what), 65534, 65534)
    assert find_plugins([str(folder)]) is None


@pytest.mark.parametrize("what", ["registry.terraform.io", "5.100.0"])
def test_a_link_is_judged_by_what_it_leads_to(tmp_path: Path, what: str) -> None:
    folder = mirror(tmp_path / "mirror")
    linked = _of(folder, what)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = linked.rename(elsewhere / linked.name)
    linked.symlink_to(moved)
    assert find_plugins([str(folder)]) == folder
    elsewhere.chmod(0o777)
    assert find_plugins([str(folder)]) is None


def test_each_root_configuration_has_the_same_lock_file_with_checksums() -> None:
    """Terraform refuses a provider from disk that the lock file does not know (it has both forms of checksum)."""
    providers = {
        path.parent.parent if path.parent.name == "environments" else path.parent  # copied to terraform/
        for path in (ROOT / "terraform").rglob("*.tf")
        if re.search(r'^provider "aws"', path.read_text(), re.MULTILINE)
    }
    locks = {folder: (folder / ".terraform.lock.hcl").read_text() for folder in providers}
    assert len(locks) == 3
    assert len(set(locks.values())) == 1
    for lock in locks.values():
        assert re.findall(r'version +=.*"', lock) == ['version     = "5.100.0"']
        assert len(re.findall(r'"zh:[0-9a-f]{64}"', lock)) == 15
        assert len(re.findall(r'"h1:[A-Za-z0-9+/]{43}="', lock)) >= 3
