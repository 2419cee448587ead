# One image for web, worker and beat; docker-compose.yml says which command each runs.

FROM python:3.13.3-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --quiet --no-cache-dir --require-hashes --no-deps -r requirements.txt
COPY . .
RUN STATIC_IS_COLLECTED=true DATA_DIR=/tmp/build /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /venv/bin/python -m compileall -q kpis pilots portfolio

FROM python:3.13.3-slim-bookworm
RUN groupadd --gid 10001 headway \
    && useradd --uid 10001 --gid headway --home-dir /data --no-create-home --shell /usr/sbin/nologin headway \
    && install --directory --owner headway --group headway --mode 0700 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    DATA_DIR=/data \
    STATIC_IS_COLLECTED=true
USER headway
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "python:portfolio.gunicorn", "portfolio.wsgi"]
