"""A bot whose model never arrives."""

import time

print("Loading the model.", flush=True)
time.sleep(600)
