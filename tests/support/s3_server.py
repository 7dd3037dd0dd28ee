"""A real S3 server on this machine, with one bucket and one user, whose every request it checks.

It runs in a process of its own, ``python -m tests.support.s3_server``, which ends when its standard input does.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from tests.support.factory import ROOT

BUCKET, USER = "models", "tests"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
UNCHECKED = 4
"""The first requests: they make the bucket, the user, its key and what it may do. All later ones need the key."""


class S3(NamedTuple):
    """Where the server listens, and the variables with which its clients reach it and may do all."""

    endpoint: str
    environment: Mapping[str, str]


@contextmanager
def s3_server() -> Iterator[S3]:
    """Run the server for the length of the block."""
    command = [sys.executable, "-m", "tests.support.s3_server"]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | client_environment("none", "none"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        endpoint, key, secret = json.loads(line)
        yield S3(endpoint, client_environment(key, secret))


def client_environment(key: str, secret: str) -> dict[str, str]:
    """Return the variables of an S3 client: credentials, no settings of this machine, no proxy."""
    nowhere = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), f"{os.devnull}/no such file")
    local = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1")
    credentials = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": "us-east-1"}
    # unless told so, a client asks the cloud for credentials, and tries a dead server again for two minutes
    return nowhere | local | credentials | {"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"}


def main() -> None:
    """Serve; print endpoint, key and secret as one line of JSON; end with standard input."""
    os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = str(UNCHECKED)  # read when moto is imported
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    iam = boto3.client("iam", endpoint_url=endpoint)
    iam.create_user(UserName=USER)
    iam.put_user_policy(UserName=USER, PolicyName="s3", PolicyDocument=json.dumps(POLICY))
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=BUCKET)
    print(json.dumps([endpoint, key["AccessKeyId"], key["SecretAccessKey"]]), flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
