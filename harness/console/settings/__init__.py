"""The Settings page: keys, language models, judges and people, storage, calibration."""
