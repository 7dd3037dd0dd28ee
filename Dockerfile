# `docker build -t mnist-mlp .` in a clone, then `docker run --rm mnist-mlp`: see docs/installing.md.
FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d

# Debian removes old versions of a package: with pinned ones, the image could not be built for long. No output depends
# on git or make.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home reader \
    && install --directory --owner=reader --group=reader /home/reader/mnist-mlp

USER 1000
WORKDIR /home/reader/mnist-mlp
# With .git, which DVC needs; without what .dockerignore names.
COPY --chown=reader:reader . .
# A container would compile what it imports each time it starts.
ENV UV_COMPILE_BYTECODE=1
RUN make .venv/.installed

CMD ["make", "repro"]
