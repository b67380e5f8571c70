# syntax=docker/dockerfile:1
# One image for all that runs; which part of it a container is, its command says (docs/containers.md).

# Dependabot keeps the tag. Where the same build must give the same image for ever, add the digest:
#   docker buildx imagetools inspect python:3.13-slim-trixie
FROM python:3.13-slim-trixie AS base


FROM base AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY deploy/build.lock deploy/image.lock ./
RUN python -m pip install --no-cache-dir --only-binary :all: --require-hashes --requirement build.lock
# Before the code, so that a change of code alone installs nothing again.
RUN --mount=type=cache,target=/root/.cache/uv \
    uv venv --python /usr/local/bin/python3 /opt/waybill \
    && uv pip install --python /opt/waybill --no-build --require-hashes --requirements image.lock
COPY . .
RUN uv build --wheel --no-build-isolation --out-dir /build/dist \
    && uv pip install --python /opt/waybill --no-deps /build/dist/waybill-*.whl
# Compiled once here, not by each container at its start.
RUN WAYBILL_DATA_DIR=/var/lib/waybill /opt/waybill/bin/waybill rules list


FROM base
# Nothing is installed in a container that runs.
RUN python -m pip uninstall --yes pip \
    && python -c "import ensurepip, shutil; shutil.rmtree(ensurepip.__path__[0])" \
    && groupadd --gid 10001 waybill \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin waybill
COPY --from=build /opt/waybill /opt/waybill
COPY --from=build --chown=10001:10001 /var/lib/waybill /var/lib/waybill
WORKDIR /opt/waybill
# The root file system may be read-only: only /tmp and WAYBILL_DATA_DIR are written to.
ENV PATH=/opt/waybill/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    WAYBILL_DATA_DIR=/var/lib/waybill \
    WAYBILL_ENVIRONMENT=production \
    WAYBILL_LOG_LEVEL=INFO \
    PREFECT_DEFAULT_WORK_POOL_NAME=waybill \
    PREFECT_HOME=/tmp/prefect \
    PREFECT_SERVER_UI_STATIC_DIRECTORY=/tmp/prefect-ui \
    DO_NOT_TRACK=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT=false \
    PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED=events,flow_runs \
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE=100 \
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE=100 \
    PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE=100 \
    PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE=100 \
    PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE=100
USER 10001:10001
EXPOSE 8080
# The facade's; compose.yaml and Kubernetes say how the other parts are asked.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["waybill", "facade", "--host", "0.0.0.0", "--port", "8080"]
