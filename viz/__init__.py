"""All showing: arrays and results in, pictures and a page out; knows nothing of torch.

Files that pass through the page lie in a folder of its own, so that what `limits` deletes is
nobody else's. Gradio reads the variable when it is imported, which happens in here only.
"""

import os
import tempfile
from pathlib import Path

_OWNER = os.getuid() if hasattr(os, "getuid") else "all"
os.environ.setdefault("GRADIO_TEMP_DIR", str(Path(tempfile.gettempdir()) / f"duet-{_OWNER}"))
