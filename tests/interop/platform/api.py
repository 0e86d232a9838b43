# SPDX-License-Identifier: Apache-2.0
"""Drives the platform's API of a gateway by inputs that schemathesis makes of the description that it serves.

    api.py URL [NAME=VALUE...]      inputs that fit the description and inputs that do not: every answer has to be one that it declares, in the form that it declares,
                                    what does not fit has to be refused, what is not served has to be 405, and without a token nothing is told

Options: token=TEXT, examples=N (per operation), seed=N. Exit code 0 when all of it held.
"""

import os
import subprocess
import sys
import tempfile


def main():
    url, *words = sys.argv[1:]
    options = {"examples": "10", "seed": "1", **dict(word.split("=", 1) for word in words)}
    # The checks left out: the first wants numbers and epochs that nobody can guess, the others want links between operations.
    excluded = "positive_data_acceptance,use_after_free,ensure_resource_availability,object_level_authorization"
    command = [
        *(sys.executable, "-B", "-m", "schemathesis.cli", "run", f"{url}/v1/openapi.json"),
        *("--url", url, "--header", f"Authorization: Bearer {options['token']}"),
        *("--checks", "all", "--exclude-checks", excluded),
        *("--phases", "coverage,fuzzing", "--max-examples", options["examples"], "--seed", options["seed"]),
        *("--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure", "--generation-database", "none"),
    ]
    # It leaves files where it stands, and reads settings there.
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, cwd=folder, env={**os.environ, "NO_COLOR": "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
