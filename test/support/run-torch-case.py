"""Runs a script in PyTorch's environment with the ONNX environment's packages behind its own: SITE_PACKAGES SCRIPT [ARGUMENT...]"""

import runpy
import sys
import warnings

import torch

torch.set_num_threads(1)
warnings.simplefilter("ignore")
# At the end: NumPy and all else are this environment's own.
sys.path.append(sys.argv[1])
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
