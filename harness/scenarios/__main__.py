"""Print the JSON schema of a scenario file; with ``suite``, of a suite.

``python -m harness.scenarios [suite]``
"""

import json
import sys

from harness.scenarios import scenario_schema, suite_schema

made = suite_schema if sys.argv[1:] == ["suite"] else scenario_schema
print(json.dumps(made(), indent=2, ensure_ascii=False))
