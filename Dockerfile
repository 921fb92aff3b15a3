# The neonhub command and the API. Every package is checked against its hash.
FROM python:3.13-slim-trixie AS build
WORKDIR /app
RUN python -m venv /app/venv
COPY requirements/ops.txt requirements/
RUN /app/venv/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements/ops.txt
COPY src/ src/
COPY docker/neonhub venv/bin/neonhub
RUN python -m compileall -q src

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --no-create-home neonhub
COPY --from=build /app /app
ENV PATH=/app/venv/bin:$PATH PYTHONPATH=/app/src PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001
EXPOSE 8000
ENTRYPOINT ["neonhub"]
CMD ["up"]
