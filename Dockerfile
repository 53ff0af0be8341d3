# SPDX-License-Identifier: Apache-2.0
# tmux-orc in a container. What it is good for, and how to run it: docs/container.md.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY scripts/install.sh scripts/
RUN scripts/install.sh --deps-only --package-deps
COPY . .
ARG COMMIT=""
ARG JOBS=2
# The runtime stage installs the package: what the program needs there is written down once, in the package.
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DTMUX_ORC_BUILD_TESTS=OFF -DTMUX_ORC_BUILD_PERF=OFF \
      -DCMAKE_UNITY_BUILD=ON \
      -DTMUX_ORC_COMMIT="${COMMIT}" \
 && cmake --build /build -j "${JOBS}" \
 && cpack --config /build/CPackConfig.cmake -B /package \
 && mv /package/tmux-orc_*.deb /tmux-orc.deb

FROM ${BASE}
COPY --from=build /tmux-orc.deb /opt/tmux-orc.deb
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends /opt/tmux-orc.deb tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
 && useradd --uid 1000 --create-home --home-dir /home/orc --shell /bin/bash orc \
 && install -d -o orc -g orc -m 0700 /home/orc/.tmux-orchestrator
USER orc
# tmux draws what is not ASCII only in a UTF-8 locale. Its sockets go to /tmp, so /tmp must be writable.
ENV HOME=/home/orc LANG=C.UTF-8 TERM=xterm-256color
WORKDIR /home/orc
VOLUME /home/orc
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["tmux-orc", "monitor", "run", "--supervised"]
# health's 2 (critical) and 3 (no answer) are codes that Docker keeps for itself.
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s CMD tmux-orc health || exit 1
