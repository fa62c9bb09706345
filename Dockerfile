# syntax=docker/dockerfile:1
# Two stages: the first has the sources and what builds them, the second only what runs.
#
#   docker build -t seerflow .
#   docker run --rm --read-only --tmpfs /tmp -v seerflow:/var/lib/seerflow -e SEERFLOW_BOOTSTRAP=kafka:9092 seerflow worker parse

FROM python:3.11-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# Dependencies first and by hash: they change seldom, and nothing comes in that the locks do not name.
COPY requirements/runtime.lock requirements/build.lock /src/requirements/
RUN python -m venv /opt/seerflow \
    && /opt/seerflow/bin/pip install --require-hashes --only-binary :all: \
        -r /src/requirements/runtime.lock -r /src/requirements/build.lock

COPY pyproject.toml README.md LICENSE topics.yaml /src/
COPY seerflow /src/seerflow
COPY agents /src/agents
COPY rules /src/rules
COPY docs /src/docs
# What built it does not run: it goes again.
RUN cd /src \
    && /opt/seerflow/bin/python -m hatchling build -t wheel -d /dist \
    && /opt/seerflow/bin/pip install --no-deps /dist/*.whl \
    && /opt/seerflow/bin/pip uninstall --yes -r /src/requirements/build.lock \
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
    SEERFLOW_STATE=/var/lib/seerflow

VOLUME /var/lib/seerflow
WORKDIR /var/lib/seerflow
USER 10001:10001

# 9464 is metrics.base_port, unless the configuration says otherwise: of `up` the first worker, of `worker` the only one.
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9464/healthz', timeout=4)"]

ENTRYPOINT ["seerflow"]
CMD ["up"]
