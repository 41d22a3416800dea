# The page as it starts everywhere else, for an ordinary user, with nothing fetched when it runs.
# Another index for pip, such as that of torch's CPU builds: --build-arg PIP_EXTRA_INDEX_URL=...
FROM python:3.11-slim

RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 1000 duet

WORKDIR /home/duet/app
ARG PIP_EXTRA_INDEX_URL=
COPY requirements.txt .
RUN PIP_EXTRA_INDEX_URL="$PIP_EXTRA_INDEX_URL" pip install --no-cache-dir -r requirements.txt

COPY --chown=duet app.py LICENSE README.md ./
COPY --chown=duet fusion fusion
COPY --chown=duet viz viz
COPY --chown=duet assets assets

USER duet
ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    GRADIO_ANALYTICS_ENABLED=False \
    HF_HUB_DISABLE_TELEMETRY=1 \
    PYTHONUNBUFFERED=1
EXPOSE 7860
CMD ["python", "app.py"]
