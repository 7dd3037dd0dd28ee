"""The same trained repository, shared through a folder and through S3."""

import os
from collections.abc import Iterator

import pytest

from tests.support.repository import NOTHING, Repository
from tests.support.s3_server import BUCKET, S3, s3_server
from tests.support.shared_repository import Shared


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A server of this machine, and no settings of its user."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        with s3_server() as server:
            yield server


@pytest.fixture(scope="session")
def in_folder(reproduced: Repository, tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """Data in a folder. Nothing but experiments may be added to it."""
    parent = tmp_path_factory.mktemp("shared")
    return Shared(reproduced, parent, str(parent / "store"), NOTHING, NOTHING)


@pytest.fixture(scope="session")
def in_bucket(reproduced: Repository, s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """Data in a bucket on S3. Nothing but experiments may be added to it."""
    parent = tmp_path_factory.mktemp("shared")
    return Shared(reproduced, parent, f"s3://{BUCKET}/store", {"endpointurl": s3.endpoint}, s3.environment)


@pytest.fixture(params=["in_folder", "in_bucket"])
def shared(request: pytest.FixtureRequest) -> Shared:
    """Both, one after the other."""
    chosen = request.getfixturevalue(request.param)
    assert isinstance(chosen, Shared)
    return chosen
