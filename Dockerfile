# docker build -t tradingbot .
# Any base will do that has Python 3.12 or 3.13 in the same place at all stages.
ARG BASE=python:3.13-slim

# What is locked, in a layer of its own: a new release of the project is a small one on top of it.
FROM ${BASE} AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
ARG SOURCE_DATE_EPOCH
WORKDIR /src
# The builder's tools stay in an environment of their own, which is left behind.
# Bytecode by content, not by date: the bot's user cannot write it later, and the image stays reproducible.
COPY locks/ locks/
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes --only-binary :all: -r locks/build.lock \
 && python -m venv --without-pip /opt/tradingbot \
 && /opt/build/bin/pip --python /opt/tradingbot/bin/python install \
      --require-hashes --only-binary :all: --no-compile -r locks/run.lock \
 && /opt/tradingbot/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/tradingbot/lib

FROM dependencies AS project
COPY pyproject.toml LICENSE ./
COPY adapters/ adapters/
COPY bots/ bots/
COPY strategies/ strategies/
COPY operator/ /app/operator/
COPY configs/ /app/configs/
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /tmp/wheel . \
 && /opt/build/bin/pip --python /opt/tradingbot/bin/python install \
      --no-deps --no-compile --target /app/lib /tmp/wheel/*.whl \
 && /opt/tradingbot/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /app

FROM ${BASE}
ARG SOURCE_DATE_EPOCH
RUN groupadd --gid 10001 tradingbot \
 && useradd --uid 10001 --gid 10001 --no-log-init --no-create-home --home-dir /work --shell /usr/sbin/nologin tradingbot \
 && install -d -o 10001 -g 10001 /work
COPY --from=dependencies /opt/tradingbot /opt/tradingbot
COPY --from=project /app /app
ENV PATH=/app/lib/bin:/opt/tradingbot/bin:$PATH PYTHONPATH=/app/lib \
    HOME=/work PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
# Journal and logs are written here.
WORKDIR /work
VOLUME /work
EXPOSE 8080
# A first process loses the signals that come before it has handlers, unless they wait: see bots/entry.py.
ENTRYPOINT ["env", "--block-signal=TERM", "tradingbot"]
CMD ["--help"]
