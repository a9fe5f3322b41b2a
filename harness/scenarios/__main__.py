"""Print the JSON schema of a scenario file: ``python -m harness.scenarios``."""

import json

from harness.scenarios import scenario_schema

print(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))
