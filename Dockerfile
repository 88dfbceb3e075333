# Two steps, so that what runs holds no compiler and no package cache.
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements-demo.txt requirements-postgres.txt ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-demo.txt \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-postgres.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY adapters ./adapters
COPY storage ./storage
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 didtalk && mkdir /data && chown didtalk /data
COPY --from=build /venv /venv
USER didtalk
ENV PATH=/venv/bin:$PATH DIDTALK_DATA_DIR=/data DIDTALK_HOST=0.0.0.0 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8080
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=3)"]
CMD ["didtalk", "run"]
