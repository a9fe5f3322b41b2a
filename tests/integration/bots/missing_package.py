"""A bot with a package of its own that is not installed."""

import clinic_calendar_of_2019

USED = clinic_calendar_of_2019
