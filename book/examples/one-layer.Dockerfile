FROM alpine:3
RUN wget -O /tmp/tool.tar.gz https://example.com/tool.tar.gz \
    && tar -xzf /tmp/tool.tar.gz -C /opt \
    && rm /tmp/tool.tar.gz
