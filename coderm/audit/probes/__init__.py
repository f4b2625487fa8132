"""Programs that no good suite accepts: they return a constant, know the shown examples alone, or read their input only partly.

Texts in, texts out; nothing is executed here. A probe that passes every test is a leak of the suite.
"""

from coderm.audit.probes.making import leak_probes
from coderm.audit.probes.model import LeakProbe

__all__ = ["LeakProbe", "leak_probes"]
