# SPDX-License-Identifier: Apache-2.0
"""Grok CLI (@vibe-kit)."""
PACKAGES = ["@vibe-kit/grok-cli@0.0.34"]
CMD = "grok"
SPEC = dict(ways=("/models", "/help", "/mcps", "/clear"),
            ready=r"Ask me anything|❯", ask=r"Do you want to proceed", quit="exit", kill="grok", menus=(("/help", "help"), ("/models", "model-picker")), settle=2,
            retries=("http-500", "http-529", "http-429", "no-credit"), forever=(), quiet=15, leave=["C-c"])


def place(name, url):
    settings = {"apiKey": "mock-key", "baseURL": url + "/v1", "defaultModel": "mock-1", "models": ["mock-1"]}
    return {".grok/user-settings.json": settings}, {"GROK_API_KEY": "mock-key", "GROK_BASE_URL": url + "/v1", "GROK_MODEL": "mock-1"}
