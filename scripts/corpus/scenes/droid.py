# SPDX-License-Identifier: Apache-2.0
"""Droid, told that no account server is in reach, with a model of one's own; its login without that."""
PACKAGES = ["@factory/cli@0.225", "@factory/cli-linux-x64@0.225.2"]
CMD = "droid"
SPEC = dict(ready=r"\? for help|Try \"", greeting=(r"Trust this folder", ["Enter"]), ask=r"Yes, allow", quit="/quit", compact="/compress", kill="droid", settle=3, quiet=15,
            retries=("http-500", "http-529", "http-429"), menus=(("/model", "model-picker"), ("/settings", "settings")))


def place(name, url, key=True):
    model = {"model": "mock-1", "displayName": "mock-1", "baseUrl": url + "/v1", "apiKey": "mock-key", "provider": "generic-chat-completion-api", "maxOutputTokens": 8000}
    if not key:
        return {}, {}
    return {".factory/settings.json": {"customModels": [model], "sessionDefaultSettings": {"model": "custom:mock-1-0"},
                                      "logoAnimation": "off"}}, \
           {"FACTORY_API_KEY": "fk-mock-key", "FACTORY_API_BASE_URL": url, "FACTORY_AIRGAP_ENABLED": "true", "FACTORY_DROID_AUTO_UPDATE_ENABLED": "false"}


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t", lambda n, u: place(n, u, key=False)), CMD, r"(?i)log ?in|sign in|code", "login", "first start without any login")


PARTS = ("trust",)
