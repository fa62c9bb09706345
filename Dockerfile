# syntax=docker/dockerfile:1
# Two stages: the first has compilers' worth of tools and the sources, the second only what runs.
#
#   docker build -t seerflow .
#   docker run --rm --read-only --tmpfs /tmp -v seerflow:/var/lib/seerflow -e SEERFLOW_BOOTSTRAP=kafka:9092 seerflow worker parse

FROM python:3.11-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# Dependencies first and by hash: they change seldom, and nothing comes in that the lock does not name.
COPY requirements/runtime.in requirements/runtime.lock requirements/dev.in requirements/dev.lock /src/requirements/
RUN python -m venv /opt/seerflow \
    && /opt/seerflow/bin/pip install --require-hashes --only-binary :all: -r /src/requirements/runtime.lock
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes -r /src/requirements/dev.lock

COPY pyproject.toml README.md LICENSE topics.yaml /src/
COPY seerflow /src/seerflow
COPY agents /src/agents
COPY rules /src/rules
COPY docs /src/docs
RUN cd /src \
    && /opt/build/bin/python -m hatchling build -t wheel -d /dist \
    && /opt/seerflow/bin/pip install --no-deps /dist/*.whl \
    && /opt/seerflow/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm

# Any user but root will do; this one owns the folder of the state, so that a new volume is its own.
RUN groupadd --system --gid 10001 seerflow \
    && useradd --system --uid 10001 --gid seerflow --home-dir /var/lib/seerflow --shell /usr/sbin/nologin seerflow \
    && install --directory --owner=seerflow --group=seerflow --mode=0750 /var/lib/seerflow /etc/seerflow

COPY --from=build /opt/seerflow /opt/seerflow

# Nothing is written outside /var/lib/seerflow and /tmp: the root file system may be read-only.
ENV PATH=/opt/seerflow/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SEERFLOW_STATE=/var/lib/seerflow \
    SEERFLOW_METRICS_LISTEN=127.0.0.1:9464

VOLUME /var/lib/seerflow
WORKDIR /var/lib/seerflow
USER 10001:10001

HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as r; port = os.environ['SEERFLOW_METRICS_LISTEN'].rpartition(':')[2]; r.urlopen(f'http://127.0.0.1:{port}/healthz', timeout=4)"]

ENTRYPOINT ["seerflow"]
CMD ["up"]
