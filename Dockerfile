# One image for every process of the Procfile; compose.yaml says which runs what.
FROM debian:12-slim AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/messagepark
COPY . .
RUN bin/build && rm -rf frontend/node_modules

FROM debian:12-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /opt/messagepark messagepark
WORKDIR /opt/messagepark
COPY --from=build --chown=messagepark:messagepark /opt/messagepark .
USER messagepark
ENV PATH=/opt/messagepark/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MESSAGEPARK_ENVIRONMENT=production \
    MESSAGEPARK_BIND=0.0.0.0:8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz')"]
CMD ["gunicorn", "-c", "config/gunicorn.py", "app.dispatch:application"]
