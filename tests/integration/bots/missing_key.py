"""A bot that reads a key as it is imported, and mentions another one."""

import os

KEY = os.environ["CLINIC_SPEECH_KEY"]
OTHER = os.getenv("CLINIC_MODEL_KEY")
